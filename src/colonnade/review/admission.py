"""Every record that a verdict could rest on is admitted, or refused with a reason that the report names."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import msgspec

from colonnade.evidence.record import Record, Subject
from colonnade.evidence.soundness import IMPORTED, claims_a_period, cuts_into, digests_of, unsound
from colonnade.evidence.view import Part, Topic
from colonnade.review.shelf import Shelf

LISTED = 200
"""Refusals that a report lists; all are counted."""
_AHEAD = 1_000
"""Older windows that one window is held against: enough for a day of minutes, and no hostile import fills memory."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence that would have counted, was it not refused: what it is, and the reason in words."""

    id: str
    topic: str
    collector: str
    window_start: float
    window_end: float
    collected_at: float
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """The newest admitted record of a topic, and the newest one about what runs now; None where there is none."""

    newest: Record | None
    unchanged: Record | None


class Admission:
    """Looks through a shelf as far as a review needs, and remembers what it refused."""

    def __init__(self, shelf: Shelf, subject: Subject, now: float) -> None:
        self._shelf = shelf
        self._subject = subject
        self._current = frozenset(digest for _, digest in digests_of(subject))
        self._now = now
        self._found: dict[Topic, Found] = {}
        self._listed: list[Refusal] = []
        self._count = 0
        self._looked_at = Counter[str]()

    def found(self, topic: Topic) -> Found:
        """What counts for a topic. The search ends at the first record about what runs now."""
        if topic not in self._found:
            self._found[topic] = self._search(topic)
        return self._found[topic]

    def admitted(self, topic: str, *, snapshot: bool = False) -> Iterator[Record]:
        """The records of a topic, newest first, without those that are refused.

        A `snapshot` tells how things stood and counts nothing, so that its windows may overlap.
        """
        newer: list[Record] = []
        ahead: deque[Record] = deque()
        source = self._shelf.newest_first(topic)
        place = 0
        while (record := ahead.popleft() if ahead else next(source, None)) is not None:
            place += 1
            why = self._why_not(record)
            if not why and not snapshot and claims_a_period(record):
                _look_ahead(record.window_start, ahead, source)
                newer = [each for each in newer if each.window_start < record.window_end]
                why = self._overlap(record, [*newer, *ahead])
                newer.append(record)
            if not why:
                yield record
            elif place > self._looked_at[topic]:
                self._refuse(record, why)
            self._looked_at[topic] = max(place, self._looked_at[topic])

    def refusals(self) -> tuple[int, tuple[Refusal, ...]]:
        """How many records were refused, and the first of them by topic and id."""
        return self._count, tuple(sorted(self._listed, key=lambda each: (each.topic, each.id)))

    def _search(self, topic: Topic) -> Found:
        newest = None
        for record in self.admitted(topic.name, snapshot=topic.snapshot):
            newest = newest or record
            if not changed(record, topic, self._subject):
                return Found(newest, record)
        return Found(newest, None)

    def _why_not(self, record: Record) -> str:
        return unsound(record, self._now) or self._never_ran(record)

    def _never_ran(self, record: Record) -> str:
        if not record.collector.startswith(IMPORTED):
            return ""
        for part, digest in digests_of(record.subject):
            if digest not in self._current and not self._shelf.ran(digest):
                return f"it is about `{part}` {digest[:26]}, which never ran here"
        return ""

    def _overlap(self, record: Record, others: Sequence[Record]) -> str:
        for other in others:
            if claims_a_period(other) and cuts_into(record, other) and not self._why_not(other):
                return f"its window overlaps that of {other.id[:19]} by the same collector, so that neither counts"
        return ""

    def _refuse(self, record: Record, reason: str) -> None:
        self._count += 1
        if len(self._listed) < LISTED:
            self._listed.append(
                Refusal(
                    id=record.id,
                    topic=record.topic,
                    collector=record.collector,
                    window_start=record.window_start,
                    window_end=record.window_end,
                    collected_at=record.collected_at,
                    reason=reason,
                )
            )


def changed(record: Record, topic: Topic, subject: Subject) -> tuple[str, ...]:
    """The bound parts in which the record's subject differs from the current one, named as a reader would."""
    return tuple(
        change
        for part in topic.binds
        for change in _changes(part, getattr(record.subject, part), getattr(subject, part))
    )


def _changes(part: Part, before: str | dict[str, str], after: str | dict[str, str]) -> tuple[str, ...]:
    if before == after:
        return ()
    if isinstance(before, str) or isinstance(after, str):
        return (part,)
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return tuple(f"{part}.{name}" for name in names)


def _look_ahead(moment: float, ahead: deque[Record], source: Iterator[Record]) -> None:
    """Take what comes next from the source, as far as it ends after `moment`, and one more."""
    if ahead and ahead[-1].window_end <= moment:
        return
    for record in islice(source, max(0, _AHEAD - len(ahead))):
        ahead.append(record)
        if record.window_end <= moment:
            return
