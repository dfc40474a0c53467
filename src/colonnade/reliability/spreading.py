"""The stage `spread`: calls are spread over targets that are well, and tried again where that is safe and affordable."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar, Final

from colonnade.errors import CallError, Overloaded, RateLimited, UpstreamLimited
from colonnade.gateway.call import Call, Forward, Reply
from colonnade.reliability.choosing import STAGE
from colonnade.reliability.fleet import Fleet
from colonnade.reliability.health import Lookout
from colonnade.reliability.hedging import hedged
from colonnade.reliability.resuming import Resuming, resumable
from colonnade.reliability.targets import Target
from colonnade.reliability.trip import Trip

ATTEMPTS: Final = b"x-colonnade-attempts"
_HEADERS: Final = tuple((ATTEMPTS, b"%d" % number) for number in range(20))
FINAL: Final = (b"x-should-retry", b"false")
"""The SDKs of OpenAI and Anthropic obey it, so that their retries do not multiply ours."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Stands last, right before the upstream is asked, and binds the call to the target that is asked.

    Answers and errors carry `x-colonnade-attempts`. An error carries `x-should-retry: false` unless it only asks for
    patience and was not tried again here: then the caller's own pause after `retry-after` is right.

    `lookout` looks at upstreams without a call; whoever runs the gateway runs it.
    """

    fleet: Fleet
    lookout: Lookout | None = None
    name: ClassVar[str] = STAGE

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        """Answer with the reply of a target.

        Raises:
            Overloaded: no target is well, or none has a turn in time.
            CallError: what the last target said.
        """
        plan = self.fleet.plans.get(call.route_name)
        if plan is None:
            return await forward(call)
        handed = plan.handed(call) if call.row else None
        if handed is not None:
            return await _hand_over(call, forward, handed)
        trip = Trip(call, forward, plan, self.fleet.clock)
        try:
            reply = await (trip.run() if plan.hedging is None else hedged(trip, plan.hedging))
        except asyncio.CancelledError:
            error = call.watch.error() if call.watch is not None else None
            if error is None:
                raise
            _tell_off(call, error)
            raise error from None
        except CallError as error:
            _tell_off(call, error)
            raise
        call.reply_headers.append(_attempts(call))
        if plan.route.resume and resumable(trip, reply):
            reply.chunks = Resuming(trip, reply)
        return reply


async def _hand_over(call: Call, forward: Forward, target: Target) -> Reply:
    """A row that waits for hours takes nobody's turn, and says nothing of how quick or well its upstream is."""
    call.binding_name, call.binding = target.name, target.binding
    call.decide(STAGE, f"{target.name}: handed to the provider's batch interface")
    return await forward(call)


def _attempts(call: Call) -> tuple[bytes, bytes]:
    return _HEADERS[call.attempts] if call.attempts < len(_HEADERS) else (ATTEMPTS, b"%d" % call.attempts)


def _tell_off(call: Call, error: CallError) -> None:
    call.reply_headers.append(_attempts(call))
    if call.attempts > 1 or not isinstance(error, UpstreamLimited | Overloaded | RateLimited):
        call.reply_headers.append(FINAL)
