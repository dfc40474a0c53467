"""A change is a ledger entry that says who changed what, when, why, and on what grounds."""

from __future__ import annotations

import getpass
import socket
from typing import Literal

import msgspec

ChangeKind = Literal[
    "binding", "prompt", "knowledge", "policy", "key", "model", "workload", "retention", "breaker", "budget",
    "anomaly", "import", "backup", "person", "milestone", "incident",
]  # fmt: skip


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change. `before` and `after` are digests, pins or versions; `name` is what was changed.

    `actor` is the operator (`user@host` of the command line, or a key id); `evaluation` and `approval` are the
    ids of the records that support the change, empty where there are none.
    """

    kind: ChangeKind
    name: str
    at: float
    actor: str
    reason: str
    before: str = ""
    after: str = ""
    evaluation: str = ""
    approval: str = ""
    details: dict[str, str] = {}


def operator() -> str:
    """Who acts on this machine: `user@host`, for `Change.actor`."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"  # a container may run under an id without a name
    return f"{user}@{socket.gethostname()}"
