"""A call that would exceed a limit is refused with a 429 that says which one, and when there is room again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from colonnade.cost.budgets.bound import Bounds, estimated_tokens
from colonnade.cost.limits.gauges import Kind
from colonnade.cost.limits.holding import Holds
from colonnade.cost.limits.plans import Plan, Plans
from colonnade.gateway.call import Call, Forward, Reply

_ONE_OF_EACH: Mapping[Kind, int] = {"requests": 1, "concurrent": 1}


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
        try:
            await holds.take(call, self.name, plan, self._amounts(call, plan), lenient=self.lenient)
        finally:
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
