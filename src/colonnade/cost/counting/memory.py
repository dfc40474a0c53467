"""One worker that counts alone counts in its own memory."""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Callable

from colonnade.cost.counting.counter import Counter, Hold, Refused
from colonnade.cost.counting.sheet import WORDS, Given, Need, Words, current, exchange
from colonnade.cost.counting.span import Span


class InProcess:
    """A source of leases for the only worker that there is."""

    def __init__(
        self, clock: Callable[[], int] = time.time_ns, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._sheets: dict[str, array[int]] = {}

    async def ask(self, counter: Counter, amount: int) -> Hold | Refused:
        """Reserve an amount that the lease does not have."""
        return granted(counter, amount, self._exchange(counter, amount))

    async def sync(self, counter: Counter) -> None:
        """Bring home what is due and what lies idle."""
        self._exchange(counter, 0)

    def runs_low(self, counter: Counter) -> None:
        """The next lease is at hand when it is needed."""

    @property
    def alone(self) -> bool:
        """There is nobody else."""
        return True

    @property
    def fresh(self) -> bool:
        """Nothing outlives the process."""
        return True

    async def tend(self) -> None:
        """Nobody else can die."""

    async def close(self) -> None:
        """Nothing is held open."""

    async def change(self, name: str, span: Span, how: Callable[[Words, int], None]) -> None:
        """Look at the sheet of a count, brought up to date, or alter it; `how` is given its current slot."""
        words = self._sheet(name)
        how(words, current(words, span, self._clock()) if span.live else 0)

    def _exchange(self, counter: Counter, amount: int) -> Given:
        words, moment, now = self._sheet(counter.name), self._monotonic(), self._clock()
        slot = current(words, counter.span, now) if counter.span.live else 0
        need = Need(slot, amount, counter.cap, 1, counter.marks)
        given = exchange(words, counter.span, now, counter.take_home(), need)
        counter.lease(given, moment + (given.until - now) / 1e9)
        return given

    def _sheet(self, name: str) -> array[int]:
        return self._sheets.setdefault(name, array("q", bytes(8 * WORDS)))


def granted(counter: Counter, amount: int, given: Given) -> Hold | Refused:
    """The amount out of the lease that was just given, or the refusal.

    The moment of the grant is that of the exchange: that its slot may be over by now does not matter.
    """
    refused = refusal(counter, amount, given)
    if refused is not None:
        return refused
    held = counter.hold(amount, -math.inf)
    assert held is not None, "a lease holds at least what was asked for"
    return held


def refusal(counter: Counter, amount: int, given: Given) -> Refused | None:
    """The refusal, if nothing was given."""
    if given.amount is not None:
        return None
    wait = None if given.wait_ns is None else given.wait_ns / 1e9
    return Refused(counter, amount, max(given.room, 0), wait)
