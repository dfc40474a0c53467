"""What a call holds of its gauges is reserved all or not at all, and given back however the call ends."""

from __future__ import annotations

import time
from collections.abc import Mapping

from colonnade.cost.budgets.bound import settled_nano
from colonnade.cost.counting.counter import Hold, Refused
from colonnade.cost.limits.gauges import Gauge, Kind
from colonnade.cost.limits.plans import Plan
from colonnade.errors import RateLimited, Unavailable
from colonnade.gateway.call import Call, Money

SOON_S = 1.0
"""When to come again where calls at once are limited: nobody knows when one of them ends."""


class Holds:
    """What one call holds of its gauges, until it is settled, withdrawn or over."""

    __slots__ = ("held",)

    def __init__(self) -> None:
        self.held: list[tuple[Kind, Hold]] = []

    async def take(
        self, call: Call, stage: str, plan: Plan, amounts: Mapping[Kind, int], *, lenient: bool
    ) -> None:
        """Hold the amounts of every gauge of the plan, or of none.

        Args:
            call: whose story tells of a refusal.
            stage: which tells it.
            plan: of the call.
            amounts: by what is counted.
            lenient: whether a gauge that cannot be counted is passed.

        Raises:
            RateLimited: a limit is reached.
            Unavailable: it cannot be counted.
        """
        now = time.monotonic()
        for gauge in plan.gauges:
            amount = amounts[gauge.kind]
            found = gauge.counter.hold(amount, now) or await gauge.counter.reserve(amount, now)
            if isinstance(found, Hold):
                self.held.append((gauge.kind, found))
            elif not (found.away and lenient):
                self.withdraw()
                call.decide(stage, f"refused: {gauge.told}")
                raise _refusal(gauge, found)

    def withdraw(self) -> None:
        """The call was refused: nothing of it counts."""
        for _, hold in self.held:
            hold.release()
        self.held = []

    def settle(self, call: Call, tokens: int, money: Money | None) -> None:
        """Tokens and money count as they were used, attempts in vain among them.

        The call itself is over only when its last byte is out.
        """
        for kind, hold in self.held:
            if kind == "tokens":
                hold.settle(tokens + (money.lost_tokens if money is not None else 0))
            elif kind == "usd":
                hold.settle(settled_nano(money, call.route))
        self.held = [(kind, hold) for kind, hold in self.held if kind not in {"tokens", "usd"}]

    def end(self) -> None:
        """The call is over, well or not: what was not settled counts nothing, except that it was a request."""
        for kind, hold in self.held:
            if kind != "requests":
                hold.release()
        self.held = []


def _refusal(gauge: Gauge, refused: Refused) -> RateLimited | Unavailable:
    if refused.away:
        return Unavailable("Limits cannot be counted at the moment.", code="counters_unavailable")
    wait = SOON_S if gauge.kind == "concurrent" else refused.retry_after_s
    if wait is None:
        return RateLimited(f"This call alone may use more than the limit of {gauge.told}.")
    return RateLimited(f"The limit of {gauge.told} is reached.", retry_after_s=wait)
