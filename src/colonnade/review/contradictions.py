"""A catalogue that contradicts itself, or names an id that no pinned list has, is told every fault at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from colonnade.review.facts import FaultyCondition, condition
from colonnade.review.frameworks import PinnedList
from colonnade.review.written import PREFIXES, CatalogueFile, Row

TOTAL_SIGNALS = 208


def contradictions(written: CatalogueFile, lists: Mapping[str, PinnedList]) -> Iterator[str]:
    """Every fault of a catalogue as written, one sentence each."""
    yield from _faults_of_counts(written)
    yield from _faults_of_ids(written)
    yield from (f"{name}: no pinned list" for name in written.frameworks if name not in lists)
    for row in written.practices:
        yield from (f"{row.id}: {fault}" for fault in _faults_of_row(row, written))
        yield from (f"{row.id}: {fault}" for fault in _faults_of_maps(row, written, lists))


def _faults_of_counts(written: CatalogueFile) -> Iterator[str]:
    if written.version < 1:
        yield f"`version` counts from 1, not {written.version}"
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
