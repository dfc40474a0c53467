"""What is under way on many hosts stands on a roll by worker, and leaves it with the worker that is not heard of."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from colonnade.cost.counting.sheet import Given, Need, lease_of
from colonnade.cost.counting.span import FOREVER

GONE_S = 15.0
"""How long after its last word a worker is taken for dead."""

_MILLION = 1_000_000


@dataclass(slots=True)
class Roll:
    """What each worker holds, and when (ms of the store's clock) it was last heard of."""

    held: dict[int, int]
    seen: dict[int, int]
    now: int

    @classmethod
    def of(cls, words: array[int], now: int) -> Roll:
        """Read triples of worker, amount and last word; those of the dead are left out. `now` in nanoseconds."""
        roll = cls({}, {}, now // _MILLION)
        for worker, held, seen in zip(words[::3], words[1::3], words[2::3], strict=True):
            if seen >= roll.now - GONE_S * 1000:
                roll.held[worker], roll.seen[worker] = held, seen
        return roll

    def set(self, worker: int, held: int) -> None:
        """A worker says what it holds: nothing takes it off the roll."""
        if held:
            self.held[worker], self.seen[worker] = held, self.now
        else:
            self.held.pop(worker, None)
            self.seen.pop(worker, None)

    def take(self, worker: int, held: int, need: Need) -> Given:
        """A worker says what it holds, and asks for more."""
        self.set(worker, held)
        room = need.cap - sum(self.held.values())
        if need.amount > room:
            return Given(0, None, FOREVER, room, 0)
        granted = need.amount and need.amount + lease_of(room - need.amount, need.workers)
        self.set(worker, held + granted)
        return Given(0, granted, FOREVER, room - granted, 0)

    def words(self) -> array[int]:
        """As it is stored."""
        return array(
            "q", [word for worker, held in self.held.items() for word in (worker, held, self.seen[worker])]
        )
