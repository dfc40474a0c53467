"""Time is cut into numbered slots, and a span says how many of the newest ones count against a cap."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol

FOREVER = 1 << 62
PARTS = 60
"""Slots in a window: an amount counts for at most a sixtieth longer than the window."""

_SECOND = 1_000_000_000
_DAY = 86_400 * _SECOND


class Span(Protocol):
    """How long an amount counts. Times are whole nanoseconds since the epoch."""

    @property
    def name(self) -> str:
        """Its word in the name of a counter; two spans of one name cut time alike."""

    @property
    def live(self) -> int:
        """How many slots count, the current one included; 0 where amounts count until they are given back."""

    def slot(self, at: int) -> int:
        """The number of the slot at a moment."""

    def end(self, slot: int) -> int:
        """The moment at which a slot is over."""


@dataclass(frozen=True, slots=True)
class Sliding:
    """The last `window_s` seconds: 60 whole slots and the one under way.

    Any stretch of `window_s` seconds touches at most 61 slots next to each other, so what those may hold together is
    never exceeded within any such stretch. The price: an amount counts for up to a sixtieth longer than it must.
    """

    window_s: float

    @property
    def name(self) -> str:
        """The length in seconds."""
        return f"{self.window_s:g}s"

    @property
    def live(self) -> int:
        """Sixty whole slots and the one under way."""
        return PARTS + 1

    @property
    def slot_ns(self) -> int:
        """The length of a slot; rounded up, so that sixty are never shorter than the window."""
        return -(-round(self.window_s * _SECOND) // PARTS)

    def slot(self, at: int) -> int:
        """Slots are counted from the epoch."""
        return at // self.slot_ns

    def end(self, slot: int) -> int:
        """The begin of the next one."""
        return (slot + 1) * self.slot_ns


@dataclass(frozen=True, slots=True)
class Calendar:
    """The day or the month under way, in UTC."""

    name: Literal["day", "month"]

    @property
    def live(self) -> int:
        """What was spent before does not count."""
        return 1

    def slot(self, at: int) -> int:
        """Days since the epoch, or months since the year 0."""
        if self.name == "day":
            return at // _DAY
        moment = time.gmtime(at // _SECOND)
        return moment.tm_year * 12 + moment.tm_mon - 1

    def begin(self, slot: int) -> int:
        """The moment at which a slot begins."""
        if self.name == "day":
            return slot * _DAY
        return int(datetime(slot // 12, slot % 12 + 1, 1, tzinfo=UTC).timestamp()) * _SECOND

    def end(self, slot: int) -> int:
        """The begin of the next one."""
        return self.begin(slot + 1)

    def period(self, slot: int) -> str:
        """`2026-11-22` or `2026-11`."""
        moment = time.gmtime(self.begin(slot) // _SECOND)
        return time.strftime("%Y-%m-%d" if self.name == "day" else "%Y-%m", moment)


@dataclass(frozen=True, slots=True)
class Standing:
    """No time at all: what is under way counts until it ends. Slots are the workers that hold it."""

    name: Literal["now"] = "now"

    @property
    def live(self) -> int:
        """Nothing grows old."""
        return 0

    def slot(self, at: int) -> int:  # noqa: ARG002 - the slot is the worker, whatever the time
        """Not by time."""
        return 0

    def end(self, slot: int) -> int:  # noqa: ARG002 - the same for every worker
        """Never."""
        return FOREVER
