"""The arithmetic of a count, the same wherever its numbers stand: what counts now, what may be granted, what comes home.

A sheet is a row of whole numbers: the newest slot, what was spent in it, which marks were told, and a ring of
amounts by slot. Whoever calls holds the sheet's lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, overload

from colonnade.cost.counting.span import Span

NEWEST, SPENT, TOLD, RING = 0, 1, 2, 3
SLOTS = 64
WORDS = RING + SLOTS

NOW = -2
"""Stands for the slot under way when something comes home that nothing was reserved for."""

SHARE = 16
"""A lease takes at most this part of what is left, divided by the workers: so little lies idle near the cap."""


class Words(Protocol):
    """A row of whole numbers of 64 bits: an array, or memory that is mapped."""

    @overload
    def __getitem__(self, place: int, /) -> int: ...

    @overload
    def __getitem__(self, place: slice, /) -> Iterable[int]: ...

    def __setitem__(self, place: int, value: int, /) -> None:
        """Write one."""


@dataclass(frozen=True, slots=True)
class Due:
    """What a worker brings home of one slot: what was reserved and not used, and what was spent."""

    slot: int
    back: int
    spent: int


@dataclass(frozen=True, slots=True)
class Need:
    """What a worker asks for, of the slot `current(words, span, now)`, or its own one of a standing count.

    `marks` are amounts spent that are told of, once each, in rising order. `more` asks for a lease even where no amount
    is needed now.
    """

    slot: int
    amount: int
    cap: int
    workers: int = 1
    marks: Sequence[int] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """What came of it.

    `amount` is what the worker may use until `until` (ns), or None where there is no room; `wait_ns` then says when
    there will be, None where there never is. `room` is what is left for everybody. `crossed` are the numbers of marks
    that nobody was told of yet; the number after the last mark stands for the cap itself.
    """

    slot: int
    amount: int | None
    until: int
    room: int
    spent: int
    crossed: tuple[int, ...] = ()
    wait_ns: int | None = None


def exchange(words: Words, span: Span, now: int, due: Sequence[Due], need: Need) -> Given:
    """Bring home what is due, and take what is needed with a lease on top.

    Args:
        words: the sheet.
        span: how long amounts count.
        now: nanoseconds since the epoch, read under the lock.
        due: what comes home.
        need: what is asked for; an amount of 0 only brings home.
    """
    slot = need.slot
    for each in due:
        bring(words, span, each)
    room = need.cap - in_use(words)
    refused = need.amount > room
    crossed = _claimed(words, need, refused=refused and need.amount > 0)
    spent, until = words[SPENT], span.end(slot)
    if refused and need.amount > 0:
        wait = freed_at(words, span, need.amount - room) if need.amount <= need.cap else None
        return Given(slot, None, until, room, spent, crossed, None if wait is None else max(wait - now, 0))
    granted = need.amount
    if need.amount or need.more:
        granted += lease_of(room - need.amount, need.workers)
    words[RING + slot % SLOTS] += granted
    return Given(slot, granted, until, room - granted, spent, crossed)


def lease_of(room: int, workers: int) -> int:
    """How much a worker may take on top of what it needs."""
    return max(room, 0) // (SHARE * workers)


def current(words: Words, span: Span, now: int) -> int:
    """The slot under way, after what has grown old was taken off the sheet.

    A clock that was set back by more than one slot finds all that counts in the slot that it shows now: it counts
    for a whole span again, and is never forgotten early.
    """
    slot, newest = span.slot(now), words[NEWEST]
    if slot == newest or slot == newest - 1:
        return newest
    if slot < newest:
        counting = in_use(words)
        _clear(words, newest - SLOTS + 1, newest)
        words[RING + slot % SLOTS] = counting
    else:
        _clear(words, newest - span.live + 1, slot - span.live)
        words[SPENT] = words[TOLD] = 0
    words[NEWEST] = slot
    return slot


def in_use(words: Words) -> int:
    """All that counts against the cap: spent, reserved, and leased to workers."""
    return sum(words[RING : RING + SLOTS])


def bring(words: Words, span: Span, due: Due) -> None:
    """Take off what was reserved and not used; what has grown old is off already."""
    slot = words[NEWEST] if due.slot == NOW else due.slot
    if span.live == 0 or slot > words[NEWEST] - span.live:
        words[RING + slot % SLOTS] -= due.back
    if span.live == 1 and slot == words[NEWEST]:
        words[SPENT] += due.spent


def freed_at(words: Words, span: Span, wanted: int) -> int | None:
    """The moment at which `wanted` more has grown old; None where nothing does by itself."""
    if span.live == 0:
        return None
    newest, freed = words[NEWEST], 0
    for slot in range(newest - span.live + 1, newest + 1):
        freed += words[RING + slot % SLOTS]
        if freed >= wanted:
            return span.end(slot + span.live - 1)
    return span.end(newest + span.live - 1)


def raise_spent(words: Words, spent: int, slot: int) -> None:
    """Know of at least `spent` in the newest slot: what the journal has and the sheet lost."""
    missing = spent - words[SPENT]
    if missing > 0 and slot == words[NEWEST]:
        words[SPENT] = spent
        words[RING + slot % SLOTS] += missing


def _clear(words: Words, first: int, last: int) -> None:
    for slot in range(max(first, last - SLOTS + 1), last + 1):
        words[RING + slot % SLOTS] = 0


def _claimed(words: Words, need: Need, *, refused: bool) -> tuple[int, ...]:
    """Marks that are reached and that nobody claimed to tell of; whoever is handed them here tells."""
    if not need.marks:
        return ()
    reached = [number for number, mark in enumerate(need.marks) if words[SPENT] >= mark]
    if refused:
        reached.append(len(need.marks))
    fresh = tuple(number for number in reached if not words[TOLD] >> number & 1)
    for number in fresh:
        words[TOLD] |= 1 << number
    return fresh
