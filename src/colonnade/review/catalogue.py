"""The catalogue of practices is loaded whole and without contradictions, or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec
import yaml

from colonnade.errors import FaultyCatalogue
from colonnade.evidence.record import Kind
from colonnade.review.facts import Condition, FaultyCondition, condition
from colonnade.review.frameworks import PinnedList, pinned_lists

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
TOTAL_SIGNALS = 208
_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
"""libyaml where it is built in: the catalogue then loads in a tenth of the time."""


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
    """All practices in the order of the guide."""

    version: int
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
    faults = list(_faults(written, lists))
    if faults:
        raise FaultyCatalogue(faults)
    return _catalogue(written, lists)


def _catalogue(written: CatalogueFile, lists: Mapping[str, PinnedList]) -> Catalogue:
    return Catalogue(
        version=written.version,
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


def _faults(written: CatalogueFile, lists: Mapping[str, PinnedList]) -> Iterator[str]:
    yield from _faults_of_counts(written)
    yield from _faults_of_ids(written)
    yield from (f"{name}: no pinned list" for name in written.frameworks if name not in lists)
    for row in written.practices:
        yield from (f"{row.id}: {fault}" for fault in _faults_of_row(row, written))
        yield from (f"{row.id}: {fault}" for fault in _faults_of_maps(row, written, lists))


def _faults_of_counts(written: CatalogueFile) -> Iterator[str]:
    found = Counter[str](row.pillar for row in written.practices)
    found["total"] = len(written.practices)
    for name in sorted(found.keys() | written.counts.keys()):
        if found[name] != written.counts.get(name, 0):
            yield f"{name}: {found[name]} practices, where `counts` says {written.counts.get(name, 0)}"
    signals = sum(len(row.evidence) for row in written.practices)
    if signals != TOTAL_SIGNALS:
        yield f"{signals} signals instead of {TOTAL_SIGNALS}"


def _faults_of_ids(written: CatalogueFile) -> Iterator[str]:
    counted = Counter(row.id for row in written.practices)
    yield from (f"{name}: stands there {times} times" for name, times in counted.items() if times > 1)
    for row in written.practices:
        if row.id.rpartition("-")[0] != PREFIXES[row.pillar]:
            yield f"{row.id}: not an id of the pillar {row.pillar}"
        yield from (f"{row.id}: related {other} is unknown" for other in row.related if other not in counted)


def _faults_of_row(row: Row, written: CatalogueFile) -> Iterator[str]:
    types = {name: fact.type for name, fact in written.facts.items()}
    for text in (row.applies_when, *(each.when for each in row.evidence)):
        try:
            condition(text, types)
        except FaultyCondition as error:
            yield str(error)
    for each in row.evidence:
        if each.kind not in written.evidence_kinds:
            yield f"kind {each.kind} has no grade"
        yield from (f"unknown source {name}" for name in each.sources if name not in written.sources)
        if not each.signal:
            yield "a signal says nothing"
    if all(each.when != "always" for each in row.evidence):
        yield "no signal that always counts"
    if row.freshness_days <= 0:
        yield "freshness_days must be positive"


def _faults_of_maps(row: Row, written: CatalogueFile, lists: Mapping[str, PinnedList]) -> Iterator[str]:
    for name, ids in row.maps.items():
        if name not in written.frameworks:
            yield f"unknown framework {name}"
        for each in ids:
            if name in lists and not lists[name].knows(each):
                yield f"{each} is not in the pinned list of {name}"
        yield from (f"{each} twice in {name}" for each, times in Counter(ids).items() if times > 1)
