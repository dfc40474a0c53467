"""Every answer knows what it cost, and no model without a known price is called where the owner denies it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from msgspec.structs import replace

from colonnade.cost.attempts import lost, used
from colonnade.cost.prices import PriceBook
from colonnade.errors import InvalidRequest
from colonnade.gateway.call import Call, Forward, Money, Reply

HEADER = b"x-colonnade-cost-usd"
_NOTHING = Money(0.0, known=True, source="no model was called", as_of="")


@dataclass(frozen=True, slots=True)
class Meter:
    """The stage `meter`: refuses unpriced models, and sets `reply.money` when the answer is known.

    Whole answers carry `x-colonnade-cost-usd`, US dollars or `unknown`. A stream cannot: its headers leave before
    its cost is known; the journal has it (`colonnade explain request ID`). An answer for which no model was
    called (a cache hit, a fixed sentence) costs nothing. A call that failed or was abandoned costs what its
    attempts used, in `call.lost`.
    """

    prices: PriceBook
    name: str = "meter"

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        """Refuse what has no price where the route says so; else meter the answer.

        Raises:
            InvalidRequest: `model_unpriced`, before any upstream is called.
        """
        self._admit(call)
        try:
            reply = await forward(call)
        except BaseException:
            call.lost = self.lost(call)
            raise
        reply.on_close(partial(self._settle, call))
        return reply

    def money(self, call: Call, reply: Reply) -> Money:
        """What the call cost, all its attempts together; its usage must be known."""
        if call.attempts == 0:
            return _NOTHING
        answer = self._answer(call, reply)
        vain = self.lost(call, reply)
        if vain is None:
            return answer
        return replace(answer, usd=answer.usd + vain.usd, lost_usd=vain.usd, lost_tokens=vain.lost_tokens)

    def lost(self, call: Call, answer: Reply | None = None) -> Money | None:
        """What attempts cost whose answers were not taken; None where there were none.

        Args:
            call: with its attempts.
            answer: what was taken, whose input the others had, too; None where there is none.
        """
        found = lost(call)
        if not found:
            return None
        sent_tokens = 0 if answer is None else answer.usage.input
        vain = [(it, used(it, call, sent_tokens)) for it in found]
        costs = [
            self.prices.price(it.binding, call.received_at).of(usage, batch=bool(call.batch))
            for it, usage in vain
        ]
        usd, tokens = sum(cost.usd for cost in costs), sum(usage.total for _, usage in vain)
        known = all(cost.known for cost in costs)
        guessed = "" if all(usage.reported for _, usage in vain) else ", tokens estimated"
        source = f"{costs[-1].source}; {len(vain)} attempts in vain{guessed}"
        return Money(usd, known, source, costs[-1].as_of, lost_usd=usd, lost_tokens=tokens)

    def _admit(self, call: Call) -> None:
        """Any model that may answer for the route counts: which one does is known only later."""
        route, at = call.route, call.received_at
        if route is None or route.unpriced != "deny":
            return
        if self.prices.price(call.binding_name, at).rates is None:
            raise self._unpriced(call, call.binding_name)
        for target in route.targets:
            if self.prices.price(target.model, at).rates is None:
                raise self._unpriced(call, target.model)

    def _unpriced(self, call: Call, binding: str) -> InvalidRequest:
        call.decide(self.name, f"refused: the model {binding} has no known price")
        return InvalidRequest(
            f"No price is known for the model of route {call.route_name}, and the route denies unpriced"
            f" models: set models.{binding}.price in workload.yaml, or unpriced: allow.",
            code="model_unpriced",
            param="model",
        )

    def _settle(self, call: Call, reply: Reply) -> None:
        money = reply.money or self.money(call, reply)  # the stage `budget` has asked already
        reply.money, usd = money, written(money)
        if reply.chunks is None:
            call.reply_headers.append((HEADER, usd.encode()))
        vain = f", {money.lost_usd:.9g} of it in vain" if money.lost_usd else ""
        call.decide(self.name, f"{usd} USD{vain}; price: {money.source}")

    def _answer(self, call: Call, reply: Reply) -> Money:
        usage = reply.usage
        money = self.prices.price(call.binding_name, call.received_at).of(usage, batch=bool(call.batch))
        if usage.provider_usd is not None:
            ours = money.usd if money.known else None
            return Money(usage.provider_usd, True, f"{call.upstream}: its own cost", "", estimated_usd=ours)
        if not money.known and call.route is not None and call.route.unpriced == "cap":
            assumed = call.route.unpriced_usd
            return replace(money, usd=assumed, source=f"{money.source}; counted as {assumed:g} USD")
        return money if usage.reported else replace(money, source=f"{money.source}; tokens estimated")


def written(money: Money) -> str:
    """US dollars with ten decimals at most, or `unknown`."""
    if not money.known:
        return "unknown"
    return f"{money.usd:.10f}".rstrip("0").rstrip(".") or "0"
