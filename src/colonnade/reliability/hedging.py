"""A call whose first target is slow to begin is asked of a second one as well; the faster answer is taken, both are paid."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from msgspec.structs import replace

from colonnade.errors import CallError
from colonnade.gateway.call import Call, Reply, Try
from colonnade.gateway.resources import Resources
from colonnade.reliability.budget import HedgeBudget
from colonnade.reliability.choosing import STAGE
from colonnade.reliability.retrying import meaning
from colonnade.reliability.targets import Target
from colonnade.reliability.trip import Trip

LOST = "hedge_lost"
"""What `tried` says of the attempt that was cancelled because the other one answered first."""


@dataclass(slots=True)
class Leg:
    """One of the two attempts: a copy of the call on its way to one target."""

    target: Target
    call: Call
    began: float
    task: asyncio.Task[Reply]

    @classmethod
    def start(cls, trip: Trip, target: Target, *, probe: bool) -> Leg:
        """Begin to ask. The copy has clean-up and headers of its own; the watch stays with the call."""
        call = replace(
            trip.call,
            resources=Resources(),
            reply_headers=list(trip.call.reply_headers),
            attempts=0,
            watch=None,
        )
        task = asyncio.ensure_future(trip.ask(call, target, probe=probe))
        return cls(target, call, trip.clock(), task)


async def hedged(trip: Trip, budget: HedgeBudget) -> Reply:
    """The faster of at most two answers; where both attempts fail, the usual way goes on.

    Raises:
        CallError: as `Trip.run`.
    """
    budget.called(trip.clock())
    target, probe = await trip.turn()
    legs = [Leg.start(trip, target, probe=probe)]
    try:
        winner, error = await _race(trip, legs, budget)
    except BaseException:
        await _drop(trip, legs)
        raise
    await _drop(trip, [leg for leg in legs if leg is not winner])
    if winner is not None:
        return _adopt(trip.call, winner)
    assert error is not None, "no leg answered, so the last one failed"
    await trip.again(legs[-1].target, error)
    return await trip.run()


async def _race(trip: Trip, legs: list[Leg], budget: HedgeBudget) -> tuple[Leg | None, CallError | None]:
    """The first leg that answers, or what the last one said."""
    hedge = trip.plan.route.hedge
    assert hedge is not None, "a plan with a budget for hedging has a section for it"
    await asyncio.wait({legs[0].task}, timeout=hedge.after_s)
    if not legs[0].task.done():
        _double(trip, legs, budget)
    running, error = list(legs), None
    while running:
        await asyncio.wait({leg.task for leg in running}, return_when=asyncio.FIRST_COMPLETED)
        for leg in [leg for leg in running if leg.task.done()]:
            failure = leg.task.exception()
            if failure is None:
                return leg, None
            if not isinstance(failure, CallError):
                raise failure
            running.remove(leg)
            trip.choosing.remember(leg.target, meaning(failure))
            error = failure
    return None, error


def _double(trip: Trip, legs: list[Leg], budget: HedgeBudget) -> None:
    """Ask a second target, if one is well and the share of calls asked twice is not used up."""
    now, first = trip.clock(), legs[0].target
    second = trip.choosing.another(first, now)
    if second is None:
        return
    if not budget.spend(now):
        trip.call.decide(STAGE, f"{first.name} is slow; the share of calls asked twice is used up")
        return
    silent_ms = (now - legs[0].began) * 1000.0
    trip.call.decide(STAGE, f"{first.name} is silent for {silent_ms:.0f} ms: {second.name} is asked, too")
    second.upstream.gate.enter()
    legs.append(Leg.start(trip, second, probe=False))


async def _drop(trip: Trip, legs: list[Leg]) -> None:
    """Cancel what is still under way, and say that it is paid."""
    for leg in legs:
        lost = not leg.task.done()
        leg.task.cancel()
        await asyncio.gather(leg.task, return_exceptions=True)
        await leg.call.resources.aclose()
        trip.call.attempts += leg.call.attempts
        if lost:
            ms = (trip.clock() - leg.began) * 1000.0
            trip.call.tried.append(Try(leg.target.name, leg.target.upstream.name, LOST, ms))
            trip.call.decide(
                STAGE, f"{leg.target.name} was cancelled; what it began may be billed all the same"
            )


def _adopt(call: Call, leg: Leg) -> Reply:
    """The call goes on as the leg that answered."""
    won = leg.call
    call.binding_name, call.binding, call.upstream = won.binding_name, won.binding, won.upstream
    call.answered_by, call.dropped_fields = won.answered_by, won.dropped_fields
    call.first_byte_by = won.first_byte_by
    call.attempts += won.attempts
    call.reply_headers[:] = won.reply_headers
    call.resources.push_async_callback(won.resources.aclose)
    if call.watch is not None and call.stream:
        call.watch.touch()
    return leg.task.result()
