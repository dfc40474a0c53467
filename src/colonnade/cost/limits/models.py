"""What each model is asked for is limited where it is asked, and a call for which it has no room goes to another target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from msgspec.structs import replace

from colonnade.cost.attempts import AT_WORK, used
from colonnade.cost.budgets.bound import Bounds, estimated_tokens
from colonnade.cost.limits.gauges import Kind
from colonnade.cost.limits.holding import Holds
from colonnade.cost.limits.plans import Plan, Plans
from colonnade.gateway.call import Call, Forward, Reply, Try


@dataclass(frozen=True, slots=True)
class ModelLimiting:
    """The stage `model_limit`, behind the choice of a target: each attempt counts for the model that it asks.

    What the cache answers asks no model. A refused attempt was never made; the stage `spread` looks for another
    target, and callers see the refusal only where there is none.

    Args:
        plans: finds the gauges of a call by the model that it is bound to.
        bounds: finds the most that an attempt may cost.
        lenient: whether calls pass uncounted while the store that hosts share cannot be reached.
    """

    plans: Plans
    bounds: Bounds
    lenient: bool = False
    name: ClassVar[str] = "model_limit"

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        """Reserve, ask, and settle when the answer is known whole, or when the attempt has failed.

        Raises:
            RateLimited: a limit of this model is reached.
            Unavailable: the limits cannot be counted.
        """
        plan = self.plans.plan(call)
        if not plan.gauges:
            return await forward(call)
        holds, model = Holds(), call.binding_name
        made, noted = call.attempts, len(call.tried)
        await holds.take(call, self.name, plan, self._amounts(call, plan), lenient=self.lenient)
        try:
            reply = await forward(call)
        except BaseException:
            if call.attempts > made:
                self._settle_vain(call, holds, [it for it in call.tried[noted:] if it.binding == model])
            holds.end()
            raise
        call.resources.callback(holds.end)
        place = len(call.tried) - 1
        reply.on_close(lambda closing: self._when_priced(call, closing, holds, place))
        return reply

    def _amounts(self, call: Call, plan: Plan) -> Mapping[Kind, int]:
        tokens = estimated_tokens(call) if plan.counts_tokens else 0
        money = self.bounds.of(call, model=call.binding_name).whole if plan.counts_money else 0
        return {"requests": 1, "concurrent": 1, "tokens": tokens, "usd": money}

    def _settle_vain(self, call: Call, holds: Holds, tried: Sequence[Try]) -> None:
        """An attempt whose answer was not taken counts what its model may bill; one that was cancelled noted nothing."""
        attempt = tried[-1] if tried else Try(call.binding_name, call.upstream, "", 0.0)
        if attempt.error and attempt.usage is None and attempt.error not in AT_WORK:
            return
        usage = used(attempt, call, 0)
        price = self.bounds.prices.price(attempt.binding, call.received_at)
        holds.settle(call, usage.total, price.of(usage, batch=bool(call.batch)))

    async def _when_priced(self, call: Call, reply: Reply, holds: Holds, place: int) -> None:
        """The meter stands before this stage: what it says is known when all callbacks that are there now have run.

        An attempt whose stream another one went on with, which its place among the tries tells, counts what passed of it.
        """

        async def settle(closing: Reply) -> None:
            attempt = call.tried[place]
            if attempt.error:
                self._settle_vain(call, holds, [attempt])
                return
            money = closing.money
            own = None if money is None else replace(money, usd=money.usd - money.lost_usd, lost_tokens=0)
            holds.settle(call, closing.usage.total, own)

        reply.on_close(settle)
