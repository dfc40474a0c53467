"""Things in exported documents keep their identity: the same thing of the same workload has the same UUID for ever."""

from __future__ import annotations

import uuid

NAMESPACE = uuid.UUID("5f0c2c5a-6c0e-5d3b-9b0f-0a4d6f1c7e21")
"""Drawn once for Colonnade; every UUID is a name-based one (version 5) beneath it."""


def identity(*names: str) -> str:
    """The UUID of what these names address, e.g. workload, environment, `finding`, `SEC-01`."""
    joined = "\x1f".join(names).encode("utf-8", "replace").decode()
    return str(uuid.uuid5(NAMESPACE, joined))
