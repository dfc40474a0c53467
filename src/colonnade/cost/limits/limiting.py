"""A call that would exceed a limit is refused with a 429 that says which one, and when there is room again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from colonnade.cost.budgets.bound import Bounds, estimated_tokens, settled_nano
from colonnade.cost.counting.counter import Hold, Refused
from colonnade.cost.limits.gauges import Gauge, Kind
from colonnade.cost.limits.plans import Plan, Plans
from colonnade.errors import RateLimited, Unavailable
from colonnade.gateway.call import Call, Forward, Money, Reply

_ONE_OF_EACH: Mapping[Kind, int] = {"requests": 1, "concurrent": 1}

SOON_S = 1.0
"""When to come again where calls at once are limited: nobody knows when one of them ends."""


@dataclass(frozen=True, slots=True)
class Limiting:
    """The stage `limit`, before anything that costs: also what the cache answers is a request.

    Tokens and money are reserved as what the call is expected to use at most, and settled to what it used.
    Requests stay counted whatever comes of them; a call that another limit refuses counts in none.

    Args:
        plans: finds the gauges of a call.
        bounds: finds the most that a call may cost.
        added_tokens: tokens that the prompt and the knowledge of a route add to what callers send.
        lenient: whether calls pass uncounted while the store that hosts share cannot be reached.
    """

    plans: Plans
    bounds: Bounds
    added_tokens: Mapping[str, int]
    lenient: bool = False
    name: ClassVar[str] = "limit"

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        """Reserve, lead on, and settle when the answer is known whole.

        Raises:
            RateLimited: a limit is reached.
            Unavailable: the limits cannot be counted.
        """
        plan = self.plans.plan(call)
        if not plan.gauges:
            return await forward(call)
        holds = Holds()
        if plan.ends:
            call.resources.callback(holds.end)
        await self._reserve(call, plan, holds)
        if not plan.ends:
            return await forward(call)
        try:
            reply = await forward(call)
        except BaseException:
            holds.settle(call, 0, call.lost)
            raise
        reply.on_close(lambda closing: self._settle(call, closing, holds))
        return reply

    async def _reserve(self, call: Call, plan: Plan, holds: Holds) -> None:
        amounts, now = self._amounts(call, plan), time.monotonic()
        for gauge in plan.gauges:
            amount = amounts[gauge.kind]
            found = gauge.counter.hold(amount, now) or await gauge.counter.reserve(amount, now)
            if isinstance(found, Hold):
                holds.held.append((gauge.kind, found))
            elif not (found.away and self.lenient):
                holds.withdraw()
                self._tell(call, plan)
                raise self._refusal(call, gauge, found)
        self._tell(call, plan)

    def _tell(self, call: Call, plan: Plan) -> None:
        for told in plan.told:
            call.reply_headers += told.headers()

    async def _settle(self, call: Call, reply: Reply, holds: Holds) -> None:
        holds.settle(call, reply.usage.total if call.attempts else 0, reply.money)

    def _amounts(self, call: Call, plan: Plan) -> Mapping[Kind, int]:
        if not plan.counts_tokens and not plan.counts_money:
            return _ONE_OF_EACH
        added = self.added_tokens.get(call.route_name, 0)
        tokens = estimated_tokens(call, added) if plan.counts_tokens else 0
        money = self.bounds.of(call, added).whole if plan.counts_money else 0
        call.reserved_tokens = tokens
        return {"requests": 1, "concurrent": 1, "tokens": tokens, "usd": money}

    def _refusal(self, call: Call, gauge: Gauge, refused: Refused) -> RateLimited | Unavailable:
        call.decide(self.name, f"refused: {gauge.told}")
        if refused.away:
            return Unavailable("Limits cannot be counted at the moment.", code="counters_unavailable")
        wait = SOON_S if gauge.kind == "concurrent" else refused.retry_after_s
        if wait is None:
            return RateLimited(f"This call alone may use more than the limit of {gauge.told}.")
        return RateLimited(f"The limit of {gauge.told} is reached.", retry_after_s=wait)


class Holds:
    """What one call holds of its gauges, until it is settled, withdrawn or over."""

    __slots__ = ("held",)

    def __init__(self) -> None:
        self.held: list[tuple[Kind, Hold]] = []

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
