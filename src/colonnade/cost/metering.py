"""Every answer knows what it cost, and no model without a known price is called where the owner denies it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from colonnade.cost.prices import PriceBook
from colonnade.errors import InvalidRequest
from colonnade.gateway.call import Call, Forward, Money, Reply

HEADER = b"x-colonnade-cost-usd"


@dataclass(frozen=True, slots=True)
class Meter:
    """The stage `meter`: refuses unpriced models, and sets `reply.money` when the answer is known.

    Whole answers carry `x-colonnade-cost-usd`, US dollars or `unknown`. A stream cannot: its headers leave before
    its cost is known; the journal has it (`colonnade explain request ID`). An answer for which no model was
    called (a cache hit, a fixed sentence) costs nothing.
    """

    prices: PriceBook
    name: str = "meter"

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        """Refuse what has no price where the route says so; else meter the answer.

        Raises:
            InvalidRequest: `model_unpriced`, before any upstream is called.
        """
        self._admit(call)
        reply = await forward(call)

        async def settle(closing: Reply) -> None:
            self._settle(call, closing)

        reply.on_close(settle)
        return reply

    def _admit(self, call: Call) -> None:
        if call.route is None or call.route.unpriced == "allow":
            return
        if not self.prices.price(call.binding_name, call.received_at).known:
            call.decide(self.name, "refused: the model has no known price")
            raise InvalidRequest(
                f"No price is known for the model of route {call.route_name}, and the route denies unpriced"
                f" models: set models.{call.binding_name}.price in workload.yaml, or unpriced: allow.",
                code="model_unpriced",
                param="model",
            )

    def _settle(self, call: Call, reply: Reply) -> None:
        reply.money = self._money(call, reply)
        if reply.chunks is None:
            call.reply_headers.append((HEADER, written(reply.money).encode()))
        call.decide(self.name, f"{written(reply.money)} USD; price: {reply.money.source}")

    def _money(self, call: Call, reply: Reply) -> Money:
        if call.attempts == 0:
            return Money(0.0, known=True, source="no model was called", as_of="")
        money = self.prices.price(call.binding_name, call.received_at).of(reply.usage)
        return money if reply.usage.reported else replace(money, source=f"{money.source}; tokens estimated")


def written(money: Money) -> str:
    """US dollars with ten decimals at most, or `unknown`."""
    if not money.known:
        return "unknown"
    return f"{money.usd:.10f}".rstrip("0").rstrip(".") or "0"
