"""All calls of a loop share one timer: who waits for a moment is told within a hundredth of a second after it.

A timer of its own for each call costs more than most stages do, and nearly all are cancelled before they ring.
"""

from __future__ import annotations

import asyncio
from math import inf
from typing import Final, Protocol

_A_SECOND: Final = 100.0
"""Slots that a second is cut into."""
_NEVER: Final = inf
_EARLY: Final = 0.1
"""Of a slot: loops round the moments of their timers to milliseconds, and ring a little early."""


class Waiting(Protocol):
    """Who waits for a moment."""

    def ring(self) -> None:
        """The moment is past."""


class Wheel:
    """Slots of time, each with those who wait for its end. Times are loop times in seconds."""

    __slots__ = ("_next", "_slots", "_timer", "loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._slots: dict[int, set[Waiting]] = {}
        self._next: float = _NEVER  # the slot that the timer rings for
        self._timer: asyncio.TimerHandle | None = None

    def put(self, waiting: Waiting, at: float) -> int:
        """Tell `waiting` when `at` is past; the slot, by which it can be taken out again."""
        slot = int(at * _A_SECOND) + 1
        others = self._slots.get(slot)
        if others is not None:
            others.add(waiting)
            return slot
        self._slots[slot] = {waiting}
        if slot < self._next:
            self._arm(slot)
        return slot

    def take(self, waiting: Waiting, slot: int) -> None:
        """It waits no longer; nothing happens where it was told already."""
        others = self._slots.get(slot)
        if others is not None:
            others.discard(waiting)

    def _arm(self, slot: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._next = slot
        self._timer = self.loop.call_at(slot / _A_SECOND, self._turn)

    def _turn(self) -> None:
        now = self.loop.time() * _A_SECOND + _EARLY
        try:
            for slot in sorted(slot for slot in self._slots if slot <= now):
                for waiting in self._slots.pop(slot):
                    waiting.ring()
        finally:
            self._timer, self._next = None, _NEVER
            if self._slots:
                self._arm(min(self._slots))
