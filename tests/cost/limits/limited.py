"""A gateway over the simulator with the stages of limits and of money between its own."""

from __future__ import annotations

from typing import Any

from served import Served, specification

from colonnade.cost.budgets.bound import Bounds
from colonnade.cost.counting.counter import Counter
from colonnade.cost.counting.counters import Counters
from colonnade.cost.counting.memory import InProcess
from colonnade.cost.limits.limiting import Limiting
from colonnade.cost.limits.plans import Plans
from colonnade.cost.metering import Meter
from colonnade.cost.prices import PriceBook
from colonnade.workload.sections.promises import Limit


def limited(
    *limits: dict[str, Any], after: tuple[Any, ...] = (), counters: Counters | None = None, **options: Any
):
    """The gateway, with limits as a workload file has them; `after` stand behind the limits."""
    prices = PriceBook.of(specification())
    plans = Plans(
        [Limit(**limit) for limit in limits], {"team": "library"}, counters or Counters(InProcess())
    )
    return Limited(plans, Limiting(plans, Bounds(prices), {}), Meter(prices), *after, **options)


class Limited(Served):
    """The gateway, whose counters a test can look into."""

    def __init__(self, plans: Plans, *stages: Any, **options: Any) -> None:
        super().__init__(*stages, **options)
        self.plans = plans

    def counter(self, kind: str) -> Counter:
        """Of the last call."""
        gauges = self.plans.plan(self.call).gauges
        return next(gauge.counter for gauge in gauges if gauge.kind == kind)
