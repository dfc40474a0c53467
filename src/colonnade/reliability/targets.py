"""What may answer for a route: upstreams with their condition, the models bound to them, and their order on each route."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from colonnade.gateway.call import Call
from colonnade.reliability.admission import Count, Gate
from colonnade.reliability.breaker import Breaker
from colonnade.reliability.budget import HedgeBudget, RetryBudget
from colonnade.reliability.speed import Speed
from colonnade.workload.endpoints import HANDED
from colonnade.workload.sections.serving import ModelBinding, Prefill, Route


@dataclass(slots=True)
class Condition:
    """How one upstream is. `ailment` is what the last look at it found wrong, empty when it can be reached.

    `count` counts what is rare, for metrics: `count(metric, label=value)`.
    """

    name: str
    zone: str
    timeout_s: float
    gate: Gate
    budget: RetryBudget
    count: Count
    ailment: str = ""
    takes_batches: bool = False
    """Whether rows are handed to its own batch interface, and wait there for hours."""
    prefill: Prefill | None = None
    """How it is told to go on with a text that was begun; None where it cannot."""


@dataclass(slots=True, eq=False)
class Target:
    """One model on one upstream. `resting_until` is when a throttling upstream wished to be asked again (clock)."""

    name: str
    binding: ModelBinding
    upstream: Condition
    breaker: Breaker
    speeds: dict[bool, Speed] = field(default_factory=lambda: {False: Speed(), True: Speed()})
    resting_until: float = 0.0

    def well(self, now: float) -> bool:
        """Whether calls may go there."""
        return self.breaker.closed and self.resting_until <= now and not self.upstream.ailment

    def complaint(self, now: float) -> str:
        """Why it gets no calls, for the story of a call; empty when it is well."""
        if not self.breaker.closed:
            return f"left alone: {self.breaker.cause}"
        if self.upstream.ailment:
            return "cannot be reached"
        return "throttles" if self.resting_until > now else ""


@dataclass(slots=True, eq=False)
class Seat:
    """A target's place on one route. `credit` is what the weighted round owes it."""

    target: Target
    weight: float
    tier: int
    credit: float = 0.0


@dataclass(slots=True)
class Plan:
    """The targets of one route, by tier, lowest first."""

    name: str
    route: Route
    tiers: tuple[tuple[Seat, ...], ...]
    hedging: HedgeBudget | None
    sole: Target | None = None
    """The only target, where there is one."""
    first: Target | None = None
    """The route's own."""

    @classmethod
    def of(cls, name: str, route: Route, targets: Mapping[str, Target]) -> Plan:
        """The plan of a route; a model that is named twice counts once, where it stands first."""
        seats = {route.model: Seat(targets[route.model], route.balance.weight, 0)}
        for each in route.targets:
            seats.setdefault(each.model, Seat(targets[each.model], each.weight, each.tier))
        levels = sorted({seat.tier for seat in seats.values()})
        tiers = tuple(tuple(s for s in seats.values() if s.tier == level) for level in levels)
        hedging = HedgeBudget(route.hedge.share) if route.hedge and len(seats) > 1 else None
        sole = targets[route.model] if len(seats) == 1 else None
        return cls(name, route, tiers, hedging, sole, targets[route.model])

    def handed(self, call: Call) -> Target | None:
        """Who is handed the row that this call is; None where it is asked like any other call."""
        first = self.first
        takes = call.row and first is not None and first.upstream.takes_batches and call.endpoint in HANDED
        return first if takes else None

    @property
    def seats(self) -> tuple[Seat, ...]:
        """Every seat, lowest tier first."""
        return tuple(seat for tier in self.tiers for seat in tier)


Clock = Callable[[], float]
CLOCK: Clock = time.monotonic
"""The clock of everything here: the same for all processes of a host, and of the event loop."""
