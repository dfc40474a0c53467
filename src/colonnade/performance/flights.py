"""Identical calls that come at the same time ask once: one leads, the others wait for its answer, and none is lost."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final, Literal

from colonnade.gateway.call import Call, Urgency
from colonnade.performance.answers import StoredAnswer

Key = tuple[bytes, Urgency]
"""What is the same, and how urgent: nobody waits for a call that may itself wait for others."""
Seat = Literal["lead", "alone"]
_SHARE: Final = 0.5
_WITHOUT_DEADLINE_S: Final = 30.0


class Flight:
    """One call that leads, and those that wait for it. What it ends with counts once; when it `ended`, nobody waits for it."""

    __slots__ = ("_flights", "_key", "ended")

    def __init__(self, flights: Flights, key: Key, *, ended: bool = False) -> None:
        self._flights = flights
        self._key = key
        self.ended = ended

    def share(self, answer: StoredAnswer) -> None:
        """All who wait are answered."""
        self._end(answer)

    def dissolve(self) -> None:
        """There is nothing to share, and it was no failure: each who waits asks for itself."""
        self._end("alone")

    def hand_over(self) -> None:
        """The call failed or its caller left: the first who waits leads now, the others wait for it."""
        if not self.ended:
            self.ended = True
            self._flights.appoint(self._key)

    def _end(self, what: StoredAnswer | Seat) -> None:
        if not self.ended:
            self.ended = True
            self._flights.tell_all(self._key, what)


class Flights:
    """The calls under way in this process. All methods belong to the event loop."""

    def __init__(self) -> None:
        self._waiting: dict[Key, deque[asyncio.Future[StoredAnswer | Seat]]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def begin(self, key: Key) -> Flight | None:
        """Lead; None where another call leads already."""
        if key in self._waiting:
            return None
        self._waiting[key] = deque()
        return Flight(self, key)

    async def follow(self, key: Key, patience_s: float) -> StoredAnswer | Flight:
        """Wait for the call that leads: its answer, or the lead, or a flight of one where this call shall ask alone.

        A caller who leaves while it waits, or whose deadline passes, is forgotten; if it was about to lead, the next
        one does.
        """
        loop = asyncio.get_running_loop()
        place: asyncio.Future[StoredAnswer | Seat] = loop.create_future()
        self._waiting[key].append(place)
        timer = loop.call_later(patience_s, _tell, place, "alone")
        try:
            told = await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and place.result() == "lead":
                self.appoint(key)
            raise
        finally:
            timer.cancel()
        if isinstance(told, StoredAnswer):
            return told
        return Flight(self, key, ended=told == "alone")

    def appoint(self, key: Key) -> None:
        """The first who still waits leads; without anybody the flight is over."""
        waiting = self._waiting[key]
        while waiting:
            place = waiting.popleft()
            if not place.done():
                place.set_result("lead")
                return
        del self._waiting[key]

    def tell_all(self, key: Key, what: StoredAnswer | Seat) -> None:
        """The flight is over, and all who wait know how."""
        for place in self._waiting.pop(key):
            _tell(place, what)


def patience_s(call: Call) -> float:
    """How long a call waits for another one's answer: half of the time that it has, so that it can still ask itself."""
    return (call.deadline - call.now()) * _SHARE if call.deadline else _WITHOUT_DEADLINE_S


def _tell(place: asyncio.Future[StoredAnswer | Seat], what: StoredAnswer | Seat) -> None:
    if not place.done():
        place.set_result(what)
