"""A record is one piece of evidence: what was observed, by which collector, on what, when and how often.

Records are append-only and addressed by the digest of their canonical bytes. A record states observations
(`facts`), never a verdict: the review judges them, so that one record can serve several signals.
"""

from __future__ import annotations

import hashlib
from typing import Any, Literal

import msgspec

Kind = Literal[
    "attestation", "workload", "repo", "iac", "config", "registry", "scan", "telemetry", "cost", "eval",
    "signature", "drill",
]  # fmt: skip
"""Kinds of evidence, as in the catalogue; each has a grade."""

Environment = Literal["rehearsal", "staging", "production"]


class Subject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was observed, by digest. Evidence is void as soon as a part that it is bound to was replaced.

    `models` maps binding names to pins, `prompts` names to versions, `knowledge` names to generations,
    `datasets` names to digests; `policy` is the digest of the effective configuration of the gateway,
    `workload` that of `workload.yaml` as loaded, `intent` that of its `intent` block.
    """

    workload: str = ""
    intent: str = ""
    policy: str = ""
    release: str = ""
    models: dict[str, str] = {}
    prompts: dict[str, str] = {}
    knowledge: dict[str, str] = {}
    datasets: dict[str, str] = {}

    @property
    def digest(self) -> str:
        """`sha256:...` over all parts: the id of what runs together."""
        return "sha256:" + hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One observation. Times are seconds since the epoch, UTC.

    `topic` names the shape of `facts` (`traffic.records`, `drill.access`); `source` is the catalogue's word for
    where it came from; `n` is how many things were looked at; `raw_digest` addresses the raw material.
    """

    topic: str
    kind: Kind
    source: str
    collector: str
    environment: Environment
    subject: Subject
    window_start: float
    window_end: float
    collected_at: float
    n: int
    facts: dict[str, Any]
    raw_digest: str = ""

    def canonical(self) -> bytes:
        """The bytes that are digested: JSON, keys sorted, no spaces."""
        return msgspec.json.encode(msgspec.to_builtins(self), order="deterministic")

    @property
    def id(self) -> str:
        """`sha256:...` of the canonical bytes."""
        return "sha256:" + hashlib.sha256(self.canonical()).hexdigest()
