"""Workers that count together in one file, under a clock that a test moves: deterministic, and in one process."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from colonnade.cost.counting.counter import Counter, Hold, Refused
from colonnade.cost.counting.counters import Counters
from colonnade.cost.counting.host import OneHost
from colonnade.cost.counting.span import Span

BEGIN = 1_700_000_000_000_000_000
MICROSECOND = 1_000


@dataclass
class Clock:
    """Wall clock and monotonic clock that move together."""

    ns: int = BEGIN

    def wall(self) -> int:
        return self.ns

    def monotonic(self) -> float:
        return (self.ns - BEGIN) / 1e9

    def pass_us(self, microseconds: int) -> None:
        self.ns += microseconds * MICROSECOND


@dataclass
class Granted:
    """A hold, with the moment at which it was granted and what it counts as now."""

    hold: Hold
    at: int
    counted: int
    worker: Worker
    open: bool = True

    def settle(self, actual: int) -> None:
        self.hold.settle(actual)
        self.counted, self.open = actual, False


class Worker:
    """One worker of a host, with one counter."""

    def __init__(self, path: Path, clock: Clock, span: Span, cap: int) -> None:
        self.clock = clock
        self.source = OneHost(path, clock.wall, clock.monotonic)
        self.counters = Counters(self.source)
        self.counter: Counter = self.counters.counter("count", span, cap)
        self.alive = True

    async def reserve(self, amount: int) -> Granted | Refused:
        found = await self.counter.reserve(amount, self.clock.monotonic())
        if isinstance(found, Refused):
            return found
        return Granted(found, self.clock.ns, amount, self)

    async def tend(self) -> None:
        await self.counters.tend()
        if self.counter.owes:  # a lease in use may stay: ask once more, nothing was used since
            await self.counters.tend()

    def kill(self) -> None:
        """As SIGKILL does: nothing is brought home, the kernel frees the lock."""
        self.source._file.close()
        self.alive = False


@dataclass
class Host:
    """Some workers over one file, and everything that was granted."""

    path: Path
    span: Span
    cap: int
    clock: Clock = field(default_factory=Clock)
    workers: list[Worker] = field(default_factory=list)
    granted: list[Granted] = field(default_factory=list)

    def join(self) -> Worker:
        worker = Worker(self.path, self.clock, self.span, self.cap)
        self.workers.append(worker)
        return worker

    @property
    def alive(self) -> list[Worker]:
        return [worker for worker in self.workers if worker.alive]

    async def reserve(self, worker: Worker, amount: int) -> Granted | Refused:
        found = await worker.reserve(amount)
        if isinstance(found, Granted):
            self.granted.append(found)
        return found

    def counted(self, length_ns: int) -> int:
        """What counts of the grants of the last `length_ns`."""
        return sum(each.counted for each in self.granted if each.at > self.clock.ns - length_ns)

    async def tend(self) -> None:
        for worker in self.alive:
            await worker.tend()

    def close(self) -> None:
        for worker in self.alive:
            worker.kill()
