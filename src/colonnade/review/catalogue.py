"""The catalogue of practices is loaded whole and without contradictions, or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
import yaml

from colonnade.errors import FaultyCatalogue
from colonnade.evidence.record import Kind
from colonnade.review.contradictions import contradictions
from colonnade.review.facts import Condition, condition
from colonnade.review.frameworks import PinnedList, pinned_lists
from colonnade.review.written import (
    PILLARS,
    PREFIXES,
    CatalogueFile,
    EvidenceKind,
    FactType,
    Pillar,
    Risk,
    Row,
)

__all__ = ["PILLARS", "PREFIXES", "Catalogue", "Pillar", "Practice", "Risk", "Signal", "catalogue", "load"]

_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
"""libyaml where it is built in: the catalogue then loads in a tenth of the time."""


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """One checkable statement of a practice; `number` counts from 1."""

    number: int
    kind: Kind
    grade: int
    sources: tuple[str, ...]
    text: str
    when: Condition


class Practice(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the catalogue, with its conditions parsed and its signals numbered and graded."""

    id: str
    pillar: Pillar
    section: str
    title: str
    question: str
    applies_when: Condition
    signals: tuple[Signal, ...]
    attestation: bool
    risk: Risk
    freshness_days: int
    mechanism: str
    maps: dict[str, tuple[str, ...]]
    related: tuple[str, ...]
    faq: tuple[int, ...]

    @property
    def weight(self) -> int:
        """What the row weighs in its pillar: 3, 2 or 1 by risk."""
        return {"high": 3, "medium": 2, "low": 1}[self.risk]

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Every condition of the row: its own and those of its signals."""
        return (self.applies_when, *(signal.when for signal in self.signals))


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """All practices in the order of the guide; `digest` is that of the file."""

    version: int
    digest: str
    guide: str
    kinds: dict[Kind, EvidenceKind]
    sources: dict[str, str]
    frameworks: dict[str, PinnedList]
    map_semantics: str
    facts: dict[str, FactType]
    practices: tuple[Practice, ...]

    def practice(self, identifier: str) -> Practice | None:
        """The practice with this id, in whatever case it is written."""
        return next((each for each in self.practices if each.id == identifier.upper()), None)


@cache
def catalogue() -> Catalogue:
    """The catalogue of this package.

    Raises:
        FaultyCatalogue: with every fault at once.
    """
    text = (files("colonnade.review") / "data" / "practices.yaml").read_text("utf-8")
    return load(text, pinned_lists())


def load(text: str, lists: Mapping[str, PinnedList]) -> Catalogue:
    """Read a catalogue from YAML and check it against itself and the pinned lists.

    Raises:
        FaultyCatalogue: with every fault at once.
    """
    try:
        plain = yaml.load(text, Loader=_LOADER)  # noqa: S506 - both loaders are the safe ones
        written = msgspec.convert(plain, CatalogueFile, strict=True)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise FaultyCatalogue([str(error)]) from error
    faults = list(contradictions(written, lists))
    if faults:
        raise FaultyCatalogue(faults)
    return _catalogue(written, lists, "sha256:" + hashlib.sha256(text.encode()).hexdigest())


def _catalogue(written: CatalogueFile, lists: Mapping[str, PinnedList], digest: str) -> Catalogue:
    return Catalogue(
        version=written.version,
        digest=digest,
        guide=written.guide,
        kinds=written.evidence_kinds,
        sources=written.sources,
        frameworks={name: lists[name] for name in written.frameworks},
        map_semantics=written.map_semantics,
        facts=written.facts,
        practices=tuple(_practice(row, written) for row in written.practices),
    )


def _practice(row: Row, written: CatalogueFile) -> Practice:
    types = {name: fact.type for name, fact in written.facts.items()}
    fields: dict[str, Any] = {name: getattr(row, name) for name in row.__struct_fields__}
    del fields["evidence"], fields["applies_when"]
    signals = tuple(
        Signal(
            number=number,
            kind=each.kind,
            grade=written.evidence_kinds[each.kind].grade,
            sources=each.sources,
            text=each.signal,
            when=condition(each.when, types),
        )
        for number, each in enumerate(row.evidence, start=1)
    )
    return Practice(**fields, applies_when=condition(row.applies_when, types), signals=signals)
