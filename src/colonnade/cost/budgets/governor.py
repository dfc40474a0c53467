"""What a workload spends is held to its budgets of the day and the month, by all its workers together."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from colonnade.cost.budgets.bound import NANO, nano
from colonnade.cost.counting.counter import Counter, Hold, Refused
from colonnade.cost.counting.counters import Counters
from colonnade.cost.counting.sheet import NEWEST, SPENT, TOLD, Given, Words, in_use, raise_spent
from colonnade.cost.counting.span import Calendar
from colonnade.errors import BudgetExceeded, Unavailable
from colonnade.workload.specification import Specification

WORKLOAD: Final = "workload"
HOLDERS: Final = ("key", "team", "tenant")
"""Who may have a budget beside the workload: an API key, or all keys with the same label."""

THE_CAP = 1.0
"""The share at which the cap itself is told of: a call was refused because nothing is left for it."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What the owner says of spending: caps in US dollars by budget, and the shares at which somebody is told."""

    caps: Mapping[str, float]
    thresholds: tuple[float, ...]
    receivers: tuple[str, ...]

    @classmethod
    def of(cls, specification: Specification) -> Promise:
        """The month is bounded by `budgets` and by `constraints.budget_ceiling`, whichever is lower."""
        stated, ceiling = specification.budgets, specification.constraints.budget_ceiling
        month = math.inf if stated.per_month_usd == "none" else stated.per_month_usd
        bounds = {
            "day": math.inf if stated.per_day_usd == "none" else stated.per_day_usd,
            "month": month if ceiling == "none" else min(month, ceiling.per_month_usd),
        }
        caps = {name: usd for name, usd in bounds.items() if usd < math.inf}
        return cls(caps, tuple(sorted(set(stated.warn_at))), tuple(stated.notify))


@dataclass(frozen=True, slots=True)
class Crossing:
    """A budget's spend has reached a share of its cap, in a period such as `2026-11-22` or `2026-11`.

    `holder` is who has the budget, e.g. `team/kitchen`, empty for the workload.
    """

    budget: str
    period: str
    share: float
    spent_usd: float
    cap_usd: float
    holder: str = ""

    @property
    def name(self) -> str:
        """The budget among all of the workload: `day`, `team/kitchen/day`."""
        return f"{self.holder}/{self.budget}" if self.holder else self.budget

    @property
    def sentence(self) -> str:
        """What is told to people."""
        of_what = f"the budget of {self.period}"
        if self.holder:
            of_what += f" of the {self.holder.replace('/', ' ', 1)}"
        spent = f"{self.spent_usd:.6g} of {self.cap_usd:.6g} USD are spent"
        if self.share >= THE_CAP:
            return f"{of_what} is used up: {spent}, calls are refused"
        return f"{self.share:.0%} of {of_what} are reached: {spent}"


@dataclass(frozen=True, slots=True)
class Account:
    """How a budget stands, in US dollars; `reserved` is what calls under way may still cost.

    `holder` is as in `Crossing`.
    """

    budget: str
    period: str
    cap: float
    spent: float
    reserved: float
    told: tuple[float, ...]
    holder: str = ""

    @property
    def remaining(self) -> float:
        """What new calls may reserve."""
        return max(self.cap - self.spent - self.reserved, 0.0)


class Reservation:
    """What a call may cost at most, of every budget; settled or released once, whatever is asked later."""

    __slots__ = ("_governor", "_holds", "nano")

    def __init__(self, governor: Governor, holds: list[Hold], amount: int) -> None:
        self._governor = governor
        self._holds = holds
        self.nano = amount

    def settle(self, actual: int) -> None:
        """Count what the call has cost, in nano-dollars."""
        holds, self._holds = self._holds, []
        if not holds:
            return
        if len(holds) == len(self._governor.budgets):  # nothing was added: one hold of each budget
            for hold in holds:
                hold.settle(actual)
            return
        for budget in {hold.counter.name: hold.counter for hold in holds}.values():
            left = actual
            mine = [hold for hold in holds if hold.counter is budget]
            for hold in mine[:-1]:
                part = min(left, hold.amount)
                hold.settle(part)
                left -= part
            mine[-1].settle(left)

    def release(self) -> None:
        """Count nothing; nothing happens where it was settled before."""
        self.settle(0)

    async def extend(self, amount: int) -> None:
        """Reserve more.

        Raises:
            BudgetExceeded: nothing is left; what was reserved before stays so.
        """
        self._holds += await self._governor.hold(amount)
        self.nano += amount


class Governor:
    """Reserves for calls; `tell` is called for every crossing that this worker is the one to tell of.

    Args:
        promise: what the owner says.
        counters: where the workers count together.
        tell: hears of crossings, on the event loop.
        holder: whose spending it is; a drill has one of its own, and so has each key or team, e.g. `team/kitchen`.
        beside: governors of others, in whose budgets calls need room, too.
    """

    def __init__(
        self,
        promise: Promise,
        counters: Counters,
        tell: Callable[[Crossing], None],
        holder: str = WORKLOAD,
        *,
        beside: Sequence[Governor] = (),
    ) -> None:
        self.promise = promise
        self.holder = holder
        self._counters = counters
        self._tell = tell
        self._own = tuple(self._budget(name, holder) for name in promise.caps)
        self.budgets: tuple[Counter, ...] = (*self._own, *(it for each in beside for it in each.budgets))

    async def reserve(self, amount: int) -> Reservation:
        """Reserve nano-dollars of every budget.

        Raises:
            BudgetExceeded: one of them has too little left.
            Unavailable: the store that other hosts count in cannot be reached, and what is leased here is used up.
        """
        return Reservation(self, await self.hold(amount), amount)

    def lease(self, amount: int) -> Reservation | None:
        """As `reserve`, without waiting: of what is leased here already; None where that is too little."""
        holds: list[Hold] = []
        now = time.monotonic()
        for budget in self.budgets:
            held = budget.hold(amount, now)
            if held is None:
                for hold in holds:
                    hold.release()
                return None
            holds.append(held)
        return Reservation(self, holds, amount)

    async def hold(self, amount: int) -> list[Hold]:
        """Hold nano-dollars of every budget, or of none; raises as `reserve`."""
        holds: list[Hold] = []
        now = time.monotonic()
        for budget in self.budgets:
            found = budget.hold(amount, now) or await budget.reserve(amount, now)
            if isinstance(found, Refused):
                for hold in holds:
                    hold.release()
                raise self._refusal(found)
            holds.append(found)
        return holds

    async def accounts(self) -> list[Account]:
        """How every budget of this holder stands."""
        return [await self._account(budget) for budget in self._own]

    async def restore(self, spent_nano: Mapping[str, int], told: Mapping[str, Sequence[float]]) -> None:
        """Know of what the journal has and the counters lost, and of what was told by budget.

        What was claimed to be told and never was is told after all, unless another worker may be at it.
        """
        for budget in self._own:
            bits = _bits(self._shares, told.get(budget.span.name, ()))
            alone = self._counters.source.alone
            how = partial(_restore, spent_nano.get(budget.span.name, 0), bits, alone)
            await self._counters.source.change(budget.name, budget.span, how)

    @property
    def _shares(self) -> tuple[float, ...]:
        return (*self.promise.thresholds, THE_CAP)

    def _budget(self, name: str, holder: str) -> Counter:
        cap = nano(self.promise.caps[name])
        marks = [math.ceil(share * cap) for share in self.promise.thresholds]
        heard = partial(self._heard, name)
        span = Calendar("day" if name == "day" else "month")
        return self._counters.counter(f"budget/{holder}", span, cap, marks=marks, heard=heard)

    def _heard(self, name: str, number: int, given: Given) -> None:
        period = Calendar("day" if name == "day" else "month").period(given.slot)
        share, cap = self._shares[number], self.promise.caps[name]
        self._tell(Crossing(name, period, share, given.spent / NANO, cap, _named(self.holder)))

    async def _account(self, budget: Counter) -> Account:
        found: list[Account] = []

        def read(words: Words, slot: int) -> None:
            span, name = budget.span, budget.span.name
            assert isinstance(span, Calendar), "budgets are of days and months"
            told = [share for number, share in enumerate(self._shares) if words[TOLD] >> number & 1]
            spent, used = words[SPENT], in_use(words)
            found.append(
                Account(
                    name,
                    span.period(slot),
                    budget.cap / NANO,
                    spent / NANO,
                    (used - spent) / NANO,
                    tuple(told),
                    _named(self.holder),
                )
            )

        await self._counters.source.sync(budget)
        await self._counters.source.change(budget.name, budget.span, read)
        return found[0]

    def _refusal(self, refused: Refused) -> BudgetExceeded | Unavailable:
        if refused.away:
            return Unavailable("Spending cannot be counted at the moment.", code="counters_unavailable")
        span, cap = refused.counter.span.name, refused.counter.cap / NANO
        whose = _of(refused.counter.name.split("/")[1])
        return BudgetExceeded(
            f"The budget of {cap:g} USD a {span}{whose} has too little left for what this call may cost.",
            retry_after_s=refused.retry_after_s,
        )


def _named(holder: str) -> str:
    return "" if holder == WORKLOAD else holder


def _of(kind: str) -> str:
    """Whose budget it is, in words for the caller; the workload's own needs none."""
    return f" of this {kind}" if kind in HOLDERS else ""


def _bits(shares: Sequence[float], told: Sequence[float]) -> int:
    return sum(1 << number for number, share in enumerate(shares) if share in told)


def _restore(spent: int, told: int, alone: bool, words: Words, slot: int) -> None:
    raise_spent(words, spent, slot)
    assert words[NEWEST] == slot, "the sheet was brought up to date"
    words[TOLD] = told if alone else words[TOLD] | told
