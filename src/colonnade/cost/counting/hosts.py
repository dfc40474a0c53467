"""Hosts count together in Valkey or PostgreSQL: leases are fetched ahead of need, and nothing is granted unseen."""

from __future__ import annotations

import asyncio
import math
import os
import time
from array import array
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from colonnade.cost.counting.counter import Counter, Hold, Refused
from colonnade.cost.counting.memory import refusal
from colonnade.cost.counting.sheet import WORDS, Due, Given, Need, Words, current, exchange
from colonnade.cost.counting.span import Span, Standing
from colonnade.cost.counting.standing import Roll
from colonnade.errors import Unavailable

PATIENCE_S = 1.0
"""Longest that one question to the store may take."""
REST_S = 0.5
"""How long the store is left alone after it did not answer; calls are refused at once meanwhile."""
REFRESH_S = 3.0
"""How often a worker says that it lives; after `standing.GONE_S` without, it is taken for dead."""

_TRIES = 40
_WORKERS = "workers"
Result = TypeVar("Result")


class Away(Exception):
    """The store cannot be reached; `in_doubt` where it may have done what it was told all the same."""

    def __init__(self, *, in_doubt: bool = False) -> None:
        super().__init__("the store cannot be reached")
        self.in_doubt = in_doubt


class Shelf(Protocol):
    """Where sheets stand, each under a version: a store that can compare and swap. Raises Away."""

    async def read(self, name: str) -> tuple[bytes, int, int]:
        """The sheet (empty where there is none), its version (0), and the store's time in nanoseconds."""

    async def swap(self, name: str, version: int, sheet: bytes) -> bool:
        """Put a sheet in place of the one of a version; False where another came first."""

    async def close(self) -> None:
        """Let go of the connection."""


class ManyHosts:
    """A source of leases among the workers of all hosts, by the store's clock.

    What was leased here can be used while the store is away; then calls are refused (`Refused.away`). A worker that
    was not heard of for 15 seconds is taken for dead, and what it had under way for ended.

    Args:
        shelf: the store.
        prefix: tells this workload's counts from others in the same store.
        monotonic: seconds.
    """

    def __init__(self, shelf: Shelf, prefix: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._shelf = shelf
        self._prefix = prefix
        self._monotonic = monotonic
        self._me = int.from_bytes(os.urandom(7), "big")
        self._locks: dict[str, asyncio.Lock] = {}
        self._mine: dict[str, int] = {}
        self._refreshed: dict[str, float] = {}
        self._workers = 1
        self._away_until = 0.0
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def alone(self) -> bool:
        """Nobody knows who else may be there."""
        return False

    async def ask(self, counter: Counter, amount: int) -> Hold | Refused:
        """Reserve an amount that the lease does not have; those who ask at the same time share the next lease.

        A caller who leaves meanwhile does not break the exchange off: what it brings is there for others.
        """
        for _ in range(_TRIES):
            refused = await asyncio.shield(self._begin(self._fetch(counter, amount)))
            held = None if refused else counter.hold(amount, self._monotonic())
            if refused or held:
                break
        return held or refused or Refused(counter, amount, 0, 0.0)

    async def sync(self, counter: Counter) -> None:
        """Bring home what is due and what lies idle; where the store is away it stays due."""
        async with self._lock(counter.name):
            with suppress(Away):
                await self._exchange(counter, 0)

    def runs_low(self, counter: Counter) -> None:
        """Fetch the next lease in the background."""
        self._begin(self._top_up(counter))

    async def change(self, name: str, span: Span, how: Callable[[Words, int], None]) -> None:
        """Look at the sheet of a count, or alter it.

        Raises:
            Unavailable: the store is away.
        """

        def altered(words: array[int], now: int) -> array[int]:
            how(words, current(words, span, now))
            return words

        try:
            await self._swap(name, altered, fresh)
        except Away:
            raise Unavailable("The shared counters cannot be reached.", code="counters_unavailable") from None

    @property
    def fresh(self) -> bool:
        """The store keeps what it was told."""
        return False

    async def tend(self) -> None:
        """Say that this worker lives, wherever it holds something, and learn how many others do."""
        now = self._monotonic()
        self._mine[_WORKERS] = 1
        with suppress(Away):
            for name in [name for name, held in self._mine.items() if held]:
                if now - self._refreshed.get(name, -math.inf) >= REFRESH_S:
                    await self._refresh(name)
                    self._refreshed[name] = now

    async def close(self) -> None:
        """Take this worker off every roll, and let go of the store."""
        for task in list(self._tasks):
            task.cancel()
        with suppress(Away):  # not heard of any more, it is taken for dead before long
            for name in self._mine:
                self._mine[name] = 0
                await self._refresh(name)
        await self._shelf.close()

    async def _fetch(self, counter: Counter, amount: int) -> Refused | None:
        """See to it that the lease has an amount, unless somebody else just did; the refusal if it cannot."""
        async with self._lock(counter.name):
            if counter.covers(amount, self._monotonic()):
                return None
            try:
                given = await self._exchange(counter, amount)
            except Away:
                return Refused(counter, amount, 0, REST_S, away=True)
            return refusal(counter, amount, given)

    async def _top_up(self, counter: Counter) -> None:
        async with self._lock(counter.name):
            with suppress(Away):
                await self._exchange(counter, 0, more=True)

    def _begin(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _exchange(self, counter: Counter, amount: int, *, more: bool = False) -> Given:
        """Raises Away. Where it is in doubt, nothing is given back twice: it stays counted until it grows old."""
        dues = counter.take_home(lease=not more)
        moment = self._monotonic()
        need = Need(0, amount, counter.cap, self._workers, counter.marks, more)
        try:
            how = self._stand if isinstance(counter.span, Standing) else self._count
            given, now = await how(counter, need, dues)
        except BaseException as failure:
            # What a worker has under way is known here, and told anew with its next word: that is never in doubt.
            doubtful = not isinstance(failure, Away) or failure.in_doubt
            lost = doubtful and not isinstance(counter.span, Standing)
            counter.put_back([Due(due.slot, 0, due.spent) for due in dues] if lost else dues)
            raise
        counter.lease(given, moment + (given.until - now) / 1e9)
        return given

    async def _count(self, counter: Counter, need: Need, dues: Sequence[Due]) -> tuple[Given, int]:
        found: list[tuple[Given, int]] = []

        def counted(words: array[int], now: int) -> array[int]:
            here = replace(need, slot=current(words, counter.span, now))
            found.append((exchange(words, counter.span, now, dues, here), now))
            return words

        await self._swap(counter.name, counted, fresh)
        return found[-1]

    async def _stand(self, counter: Counter, need: Need, dues: Sequence[Due]) -> tuple[Given, int]:
        found: list[tuple[Given, int]] = []
        mine = self._mine.get(counter.name, 0) - sum(due.back for due in dues)

        def stood(words: array[int], now: int) -> array[int]:
            roll = Roll.of(words, now)
            found.append((roll.take(self._me, mine, need), now))
            return roll.words()

        await self._swap(counter.name, stood, empty)
        self._mine[counter.name] = mine + (found[-1][0].amount or 0)
        return found[-1]

    async def _refresh(self, name: str) -> None:
        heads: list[int] = []

        def seen(words: array[int], now: int) -> array[int]:
            roll = Roll.of(words, now)
            roll.set(self._me, self._mine[name])
            heads.append(len(roll.held))
            return roll.words()

        async with self._lock(name):
            await self._swap(name, seen, empty)
        if name == _WORKERS:
            self._workers = max(heads[-1], 1)

    async def _swap(
        self, name: str, how: Callable[[array[int], int], array[int]], begin: Callable[[], array[int]]
    ) -> None:
        """Alter a sheet by comparing and swapping: `how` may be called several times, the last one counts."""
        if self._monotonic() < self._away_until:
            raise Away
        swapping = False
        try:
            async with asyncio.timeout(PATIENCE_S):
                for _ in range(_TRIES):
                    swapping = False
                    body, version, now = await self._shelf.read(self._prefix + name)
                    altered = how(array("q", body) if body else begin(), now)
                    swapping = True
                    if await self._shelf.swap(self._prefix + name, version, altered.tobytes()):
                        return
        except (Away, TimeoutError):
            self._away_until = self._monotonic() + REST_S
            raise Away(in_doubt=swapping) from None
        raise Away

    def _lock(self, name: str) -> asyncio.Lock:
        return self._locks.setdefault(name, asyncio.Lock())


def fresh() -> array[int]:
    """A sheet on which nothing was counted."""
    return array("q", bytes(8 * WORDS))


def empty() -> array[int]:
    """A roll on which nobody stands."""
    return array("q")
