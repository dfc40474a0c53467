"""A gateway over the simulator with a budget between its stages; the model costs 0.1 and 0.4 US dollars a million tokens."""

from __future__ import annotations

from typing import Any

from served import Served, specification

from colonnade.cost.budgets.bound import Bounds
from colonnade.cost.budgets.governor import Account, Crossing, Governor, Promise
from colonnade.cost.budgets.holders import Holders
from colonnade.cost.budgets.spending import Spend
from colonnade.cost.counting.counters import Counters
from colonnade.cost.counting.memory import InProcess
from colonnade.cost.metering import Meter
from colonnade.cost.prices import PriceBook
from colonnade.workload.sections.promises import Budgets, HolderBudget


class Budgeted(Served):
    """With a budget of `day` US dollars, one of `month` where it is named, and those of `holders`."""

    def __init__(
        self,
        day: float,
        *,
        month: float | None = None,
        prices: PriceBook | None = None,
        before: tuple[Any, ...] = (),
        after: tuple[Any, ...] = (),
        counters: Counters | None = None,
        holders: tuple[dict[str, Any], ...] = (),
        **options: Any,
    ) -> None:
        self.crossings: list[Crossing] = []
        self.counters = counters or Counters(InProcess())
        caps = {"day": day} if month is None else {"day": day, "month": month}
        self.governor = Governor(Promise(caps, (0.5, 0.8), ()), self.counters, self.crossings.append)
        stated = Budgets(holders=[HolderBudget(**it) for it in holders])
        labels = {"team": "library"}
        self.holders = Holders(stated, self.governor, labels, self.counters, self.crossings.append)
        book = prices or PriceBook.of(specification())
        meter = Meter(book)
        spend = Spend(self.governor, Bounds(book), meter, self.holders if holders else None)
        super().__init__(*before, meter, spend, *after, **options)

    async def account(self, number: int = 0) -> Account:
        return (await self.governor.accounts())[number]

    @property
    def paid(self) -> float:
        """What the meter says that all answers cost."""
        return sum(reply.money.usd for reply in self.onlooker.replies)
