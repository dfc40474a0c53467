"""A worker counts from a lease that it holds: reserving and settling touch nothing that is shared until it is used up."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from colonnade.cost.counting.sheet import NOW, Due, Given, Words
from colonnade.cost.counting.span import Span

LEASE_SLOT, LEASE_IDLE, LEASE_SPENT = 0, 1, 2
CELLS = 3
"""What a worker shows of its lease, so that others can clean up after it."""

Heard = Callable[[int, Given], None]


class Hold(msgspec.Struct):
    """An amount that is reserved until it is settled or released."""

    counter: Counter
    slot: int
    amount: int

    def settle(self, actual: int) -> None:
        """Count what was really used, which may be more than what was reserved."""
        self.counter.settle(self.slot, self.amount, actual)

    def release(self) -> None:
        """Count nothing."""
        self.counter.settle(self.slot, self.amount, 0)


@dataclass(frozen=True, slots=True)
class Refused:
    """There is no room for an amount.

    `retry_after_s` is when there will be, None where it is larger than the cap itself or nothing frees by itself.
    `away` says that those who count together cannot be reached.
    """

    counter: Counter
    amount: int
    room: int
    retry_after_s: float | None
    away: bool = False


class Source(Protocol):
    """Where leases come from: what all workers count together."""

    async def ask(self, counter: Counter, amount: int) -> Hold | Refused:
        """Reserve an amount that the lease does not have, and lease some more."""

    async def sync(self, counter: Counter) -> None:
        """Bring home what is due and what lies idle."""

    def runs_low(self, counter: Counter) -> None:
        """Half of a lease is used: told once a lease."""


def unheard(number: int, given: Given) -> None:
    """A counter without marks has nothing to tell."""


class Counter:
    """One count of one worker. `hold` and `settle` belong to the event loop; moments are `time.monotonic()`.

    Args:
        name: tells the count from all others, the same in every worker.
        span: how long amounts count.
        cap: the most that may count at once, as a whole number of the smallest unit.
        source: what all workers count together.
        marks: amounts spent that are told of once each, in rising order; the cap follows as the last.
        heard: called with the number of each mark that this worker is the one to tell of.
    """

    __slots__ = (
        "_cells", "_due", "_idle", "_low", "_room", "_slot", "_source", "_spends", "_spent", "_until", "_used", "cap", "heard", "marks",
        "name", "shown_in", "span",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        span: Span,
        cap: int,
        source: Source,
        *,
        marks: Sequence[int] = (),
        heard: Heard = unheard,
    ) -> None:
        self.name, self.span, self.cap = f"{name}/{span.name}", span, cap
        self.marks, self.heard = tuple(marks), heard
        self._source = source
        self._cells: Words = array("q", bytes(8 * CELLS))
        self.shown_in = -1
        self._slot = -1
        self._spends = span.live == 1
        self._idle = self._spent = 0
        self._low = -1
        self._until = -math.inf
        self._room = cap
        self._due: dict[int, list[int]] = {}
        self._used = False

    @property
    def remaining(self) -> int:
        """What is left, as far as this worker knows."""
        return max(self._room + self._idle, 0)

    @property
    def owes(self) -> bool:
        """Whether something is to be brought home."""
        return bool(self._idle or self._due or self._spent)

    def may_keep(self) -> bool:
        """Whether the lease may stay here: it was used since this was last asked, and enough is left for others.

        Where marks are told of, what was spent must come home, and everything with it.
        """
        used, self._used = self._used, False
        return used and not self.marks and self._room >= self.cap // 4

    def covers(self, amount: int, now: float) -> bool:
        """Whether the lease has an amount."""
        return self._idle >= amount and now < self._until

    def hold(self, amount: int, now: float) -> Hold | None:
        """Reserve from the lease; None where it is too small or over. Nothing can always be reserved."""
        if not amount:
            return Hold(self, NOW, 0)
        idle = self._idle - amount
        if idle < 0 or now >= self._until:
            return None
        self._idle = self._cells[LEASE_IDLE] = idle
        self._used = True
        if idle < self._low:
            self._low = -1
            self._source.runs_low(self)
        return Hold(self, self._slot, amount)

    async def reserve(self, amount: int, now: float) -> Hold | Refused:
        """Reserve from the lease, or else from what all workers count together."""
        return self.hold(amount, now) or await self._source.ask(self, amount)

    def settle(self, slot: int, reserved: int, actual: int) -> None:
        """Give back what was reserved and not used, or count what was used beyond; see `Hold`."""
        back, spent = reserved - actual, actual if self._spends else 0
        if slot == self._slot and self._idle + back >= 0:
            self._idle = self._cells[LEASE_IDLE] = self._idle + back
            if spent:
                self._spent = self._cells[LEASE_SPENT] = self._spent + spent
        elif back or spent:
            due = self._due.setdefault(slot, [0, 0])
            due[0] += back
            due[1] += spent

    def show_in(self, cells: Words, place: int) -> None:
        """Show the lease where others can see it: the words `LEASE_*` of a numbered place."""
        self._cells, self.shown_in = cells, place

    def take_home(self, *, lease: bool = True) -> list[Due]:
        """Everything that is due; with `lease`, what lies idle, too. It counts no longer here.

        The cells are emptied first: a worker that dies in between loses a little and never gives it back twice. Its
        slot stays shown, so that what is settled before the next lease is not lost with the worker.
        """
        dues = [Due(slot, back, spent) for slot, (back, spent) in self._due.items()]
        self._due = {}
        idle = self._idle if lease else 0
        if idle or self._spent:
            dues.append(Due(self._slot, idle, self._spent))
        self._spent = self._cells[LEASE_SPENT] = 0
        if lease:
            self._idle = self._cells[LEASE_IDLE] = 0
            self._until = -math.inf
        return dues

    def put_back(self, dues: Sequence[Due]) -> None:
        """They could not be brought home: they are due still."""
        for each in dues:
            due = self._due.setdefault(each.slot, [0, 0])
            due[0] += each.back
            due[1] += each.spent

    def lease(self, given: Given, until: float) -> None:
        """Add what was given, usable until a moment; tell of the marks that were crossed.

        A lease of an older slot is due from now on.
        """
        self._room = given.room
        if given.amount:
            if given.slot != self._slot:
                self.put_back([Due(self._slot, self._idle, self._spent)] if self._idle or self._spent else [])
                self._slot, self._idle, self._spent = given.slot, 0, 0
                self._cells[LEASE_SPENT] = 0
            self._cells[LEASE_SLOT] = given.slot
            self._idle = self._cells[LEASE_IDLE] = self._idle + given.amount
            self._until, self._used = until, True
            self._low = self._idle // 2
        for number in given.crossed:
            self.heard(number, given)
