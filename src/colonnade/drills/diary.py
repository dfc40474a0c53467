"""What happened in an experiment is told as it happens, and kept: a time line of events and the raw series of measurements."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import msgspec

What = Literal["phase", "steady", "inject", "witness", "measure", "remove", "abort", "verdict", "note"]


class Event(msgspec.Struct, frozen=True):
    """One line of the time line; `at` is seconds since the epoch."""

    at: float
    experiment: str
    what: What
    text: str


Told = Callable[[Event], None]


def unheard(_: Event) -> None:
    """Nobody listens."""


@dataclass(slots=True)
class Diary:
    """The time line and the series of one experiment; `told` hears every event at once."""

    experiment: str
    told: Told = unheard
    clock: Callable[[], float] = time.time
    events: list[Event] = field(default_factory=list)
    series: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def note(self, what: What, text: str, at: float | None = None) -> None:
        """An event, now or at a moment that was seen elsewhere."""
        event = Event(self.clock() if at is None else at, self.experiment, what, text)
        self.events.append(event)
        self.told(event)

    def point(self, series: str, value: float, at: float | None = None) -> None:
        """One measured value of a named series."""
        moment = self.clock() if at is None else at
        self.series.setdefault(series, []).append((moment, value))
