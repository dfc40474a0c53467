"""No call is made that might cost more than what is left of a budget, and no stream runs on beyond it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from colonnade.cost.budgets.bound import NANO, Bound, Bounds, settled_nano
from colonnade.cost.budgets.governor import Governor, Reservation
from colonnade.cost.budgets.holders import Holders
from colonnade.cost.metering import Meter
from colonnade.errors import BudgetExceeded, CallError
from colonnade.gateway.call import Call, Forward, Money, Reply

GIVE_UP = (b"x-should-retry", b"false")
"""Official clients try a 429 again, unless this header tells them that it is no use."""

STEPS, LEAST_STEP = 8, 64
"""A stream that may be cut reserves its answer in so many steps, of so many tokens at least."""


@dataclass(frozen=True, slots=True)
class Spend:
    """The stage `budget`, behind the cache: what is not asked of a model costs nothing.

    With `at_cap: refuse` the whole bound of a call is reserved before it is made, so that a call that was begun can
    always be finished. With `at_cap: cut` a streamed call reserves as it goes: the last dollar is used, and
    the stream ends with an error where there is none left.

    Args:
        governor: holds the budgets.
        bounds: finds the most that a call may cost.
        meter: says what an answer cost, and what attempts in vain did.
        holders: hold the budgets of keys and teams, None where there are none.
    """

    governor: Governor
    bounds: Bounds
    meter: Meter
    holders: Holders | None = None
    name: ClassVar[str] = "budget"

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        """Reserve, lead on, and settle when the answer is known whole.

        Raises:
            BudgetExceeded: before any model is asked, or in the middle of a stream.
            Unavailable: the budget cannot be counted.
        """
        bound = self.bounds.of(call)
        cut = call.stream and call.route is not None and call.route.at_cap == "cut"
        step = max(bound.most_tokens // STEPS, LEAST_STEP) if cut else bound.most_tokens
        amount = bound.up_to(min(step, bound.most_tokens))
        governor = self.governor if self.holders is None else self.holders.governor(call)
        reservation = governor.lease(amount) or await self._reserve(call, governor, amount)
        call.reserved_usd = amount / NANO
        call.resources.callback(reservation.release)
        try:
            reply = await forward(call)
        except BaseException:
            self._count(call, self.meter.lost(call), reservation)
            raise
        if cut and reply.chunks is not None:
            reply.chunks = Metered(reply.chunks, reservation, bound, step)
        reply.on_close(partial(self._settle, call, reservation))
        return reply

    async def _reserve(self, call: Call, governor: Governor, amount: int) -> Reservation:
        try:
            return await governor.reserve(amount)
        except CallError as error:
            call.decide(self.name, f"refused: {error.code}")
            if isinstance(error, BudgetExceeded):
                call.reply_headers.append(GIVE_UP)
            raise

    def _settle(self, call: Call, reservation: Reservation, reply: Reply) -> None:
        reply.money = self.meter.money(call, reply)
        self._count(call, reply.money, reservation)

    def _count(self, call: Call, money: Money | None, reservation: Reservation) -> None:
        call.reserved_usd = reservation.nano / NANO
        actual = settled_nano(money, call.route)
        reservation.settle(actual)
        call.decide(self.name, f"reserved {reservation.nano / NANO:.9g} USD, settled {actual / NANO:.9g}")


_ROLE = b'"role":"assistant",'


class Metered:
    """A stream that reserves more before it passes more on; a chunk costs a count and an addition.

    Tokens are estimated: events, or a fourth of the bytes beyond those of the first event, which has no text yet,
    whichever is more. What a model has sent is paid, also where it is more than what is left: the last chunk, and
    the error of the estimate, are what a stream that is cut may cost beyond the budget.
    """

    __slots__ = ("_bound", "_bytes", "_chunks", "_events", "_frame", "_reservation", "_step", "_upto")

    def __init__(
        self, chunks: AsyncIterator[bytes], reservation: Reservation, bound: Bound, step: int
    ) -> None:
        self._chunks = chunks
        self._reservation = reservation
        self._bound = bound
        self._step = self._upto = step
        self._events = self._bytes = self._frame = 0

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    def __anext__(self) -> Awaitable[bytes]:
        return self._next()

    async def _next(self) -> bytes:
        chunk = await self._chunks.__anext__()
        self._frame = self._frame or _frame(chunk)
        self._events += chunk.count(b"data:")
        self._bytes += len(chunk)
        while self._tokens() > self._upto < self._bound.most_tokens:
            await self._extend()
        return chunk

    def _tokens(self) -> float:
        return max(self._events, (self._bytes - self._events * self._frame) / 4)

    async def _extend(self) -> None:
        upto = min(self._upto + self._step, self._bound.most_tokens)
        await self._reservation.extend(self._bound.up_to(upto) - self._bound.up_to(self._upto))
        self._upto = upto

    async def aclose(self) -> None:
        """End the stream within."""
        closer = getattr(self._chunks, "aclose", None)
        if closer is not None:
            await closer()


def _frame(chunk: bytes) -> int:
    """What an event has beside its text: the length of the first one, less the role that only it names."""
    first = chunk.partition(b"\n\n")[0] + b"\n\n"
    return len(first) - (len(_ROLE) if _ROLE in first else 0)
