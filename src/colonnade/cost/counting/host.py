"""The workers of one host count together in a mapped file: without a service, and without ever exceeding a cap."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from colonnade.cost.counting.counter import LEASE_IDLE, LEASE_SLOT, LEASE_SPENT, Counter, Hold, Refused
from colonnade.cost.counting.counter_file import WORKERS, CounterFile, Row
from colonnade.cost.counting.memory import granted
from colonnade.cost.counting.sheet import NEWEST, RING, SLOTS, SPENT, Given, Need, Words, current, exchange
from colonnade.cost.counting.span import Span
from colonnade.errors import SetupError


class OneHost:
    """A source of leases among the workers of this host.

    A worker is known by a lock that it holds as long as it lives. Whoever finds the lock of a worker free takes
    back what that one had leased and not used, and ends what it had under way.

    Raises:
        SetupError: the file cannot be written, or 64 workers count in it already.
    """

    def __init__(
        self,
        path: Path,
        clock: Callable[[], int] = time.time_ns,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._file = CounterFile(path)
        self._places: dict[str, Row] = {}
        self.worker = self._enter()
        self._workers = self._count()

    async def ask(self, counter: Counter, amount: int) -> Hold | Refused:
        """Reserve an amount that the lease does not have."""
        return granted(counter, amount, self._exchange(counter, amount))

    async def sync(self, counter: Counter) -> None:
        """Bring home what is due and what lies idle."""
        self._exchange(counter, 0)

    def runs_low(self, counter: Counter) -> None:
        """The next lease is at hand when it is needed."""

    @property
    def fresh(self) -> bool:
        """Whether the file is new, or was written before the machine was started last: what was not yet on the disk."""
        return self._file.fresh

    async def tend(self) -> None:
        """Clean up after workers that died."""
        for number in range(WORKERS):
            if number != self.worker and self._file.worker(number)[0]:
                lock = self._file.worker_lock(number)
                if lock.try_take():
                    self._clean_up(number)
                    lock.free()
        self._workers = self._count()

    async def close(self) -> None:
        """Leave; whoever counts here brought everything home before."""
        self._clean_up(self.worker)
        self._file.close()

    @property
    def alone(self) -> bool:
        """Whether no other worker counts here now."""
        return self._count() == 1

    async def change(self, name: str, span: Span, how: Callable[[Words, int], None]) -> None:
        """Look at the sheet of a count, brought up to date, or alter it; `how` is given its current slot."""
        with self._row(name, span) as row:
            how(row.sheet, self._slot(row.sheet, span, self._clock()))

    def _exchange(self, counter: Counter, amount: int) -> Given:
        span = counter.span
        with self._row(counter.name, span) as row:
            if counter.shown_in != row.number:
                counter.show_in(row.cells(self.worker), row.number)
            moment, now = self._monotonic(), self._clock()
            slot = self._slot(row.sheet, span, now)
            row.matters_until(span.end(slot + span.live))
            need = Need(slot, amount, counter.cap, self._workers, counter.marks)
            given = exchange(row.sheet, span, now, counter.take_home(), need)
            counter.lease(given, moment + (given.until - now) / 1e9)
        return given

    def _slot(self, words: Words, span: Span, now: int) -> int:
        return current(words, span, now) if span.live else self.worker

    @contextmanager
    def _row(self, name: str, span: Span) -> Iterator[Row]:
        """The row of a count, locked."""
        while True:
            row = self._places.get(name) or self._file.row(name, span.live, self._clock())
            with row.lock:
                if row.current:
                    self._places[name] = row
                    yield row
                    return
            del self._places[name]  # it was given to another count meanwhile

    def _enter(self) -> int:
        for number in range(WORKERS):
            if self._file.worker_lock(number).try_take():
                if self._file.worker(number)[0]:
                    self._clean_up(number)
                self._file.worker(number)[0] = os.getpid()
                return number
        raise SetupError(f"{WORKERS} workers count on this host already")

    def _clean_up(self, number: int) -> None:
        for row in self._file.rows():
            with row.lock:
                take_back(row, number)
        self._file.worker(number)[0] = 0

    def _count(self) -> int:
        return sum(1 for number in range(WORKERS) if self._file.worker(number)[0])


def take_back(row: Row, number: int) -> None:
    """What a dead worker had leased and not used is free again, what it had under way has ended.

    Amounts of a window or a budget that its calls had reserved stay counted: nobody knows what they used, and
    their provider may bill them.
    """
    words, cells = row.sheet, row.cells(number)
    if row.live == 0:
        words[RING + number] = 0
    else:
        slot, idle, spent = cells[LEASE_SLOT], cells[LEASE_IDLE], cells[LEASE_SPENT]
        cells[LEASE_IDLE] = cells[LEASE_SPENT] = 0
        if slot > words[NEWEST] - row.live:
            words[RING + slot % SLOTS] -= idle
        if slot == words[NEWEST] and row.live == 1:
            words[SPENT] += spent
    cells[LEASE_SLOT] = cells[LEASE_IDLE] = cells[LEASE_SPENT] = 0
