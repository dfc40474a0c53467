"""The shape of `practices.yaml`: what a writer of the catalogue may write, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from colonnade.evidence.record import Kind

Pillar = Literal[
    "use_case", "operational_excellence", "security", "reliability", "performance", "cost", "sustainability",
    "responsible_ai",
]  # fmt: skip
Risk = Literal["high", "medium", "low"]
PILLARS: tuple[Pillar, ...] = (
    "use_case", "operational_excellence", "security", "reliability", "performance", "cost", "sustainability",
    "responsible_ai",
)  # fmt: skip
PREFIXES: Mapping[Pillar, str] = {
    "use_case": "UC", "operational_excellence": "OPS", "security": "SEC", "reliability": "REL",
    "performance": "PERF", "cost": "COST", "sustainability": "SUS", "responsible_ai": "RAI",
}  # fmt: skip
"""How the ids of a pillar's practices begin."""


class RowSignal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A signal as written in the catalogue: one checkable statement."""

    kind: Kind
    sources: tuple[str, ...] = msgspec.field(name="from")
    signal: str = ""
    when: str = "always"


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A practice as written in the catalogue."""

    id: str
    pillar: Pillar
    section: str
    title: str
    question: str
    applies_when: str
    evidence: tuple[RowSignal, ...]
    attestation: bool
    risk: Risk
    freshness_days: int
    mechanism: str
    maps: dict[str, tuple[str, ...]]
    related: tuple[str, ...] = ()
    faq: tuple[int, ...] = ()


class EvidenceKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How strong a kind of evidence is, 1 (said) to 4 (exercised), and what it means."""

    grade: Literal[1, 2, 3, 4]
    means: str


class FactType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The type of a fact and how it is observed, if it can be."""

    type: str
    observed_by: str = ""


class CatalogueFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`practices.yaml` as written."""

    version: int
    guide: str
    counts: dict[str, int]
    evidence_kinds: dict[Kind, EvidenceKind]
    sources: dict[str, str]
    frameworks: dict[str, str]
    map_semantics: str
    facts: dict[str, FactType]
    practices: tuple[Row, ...]
