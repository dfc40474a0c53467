"""What the stage `spread` does, read from the fleet that serves and not from the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from colonnade.evidence.effective import TargetConfiguration, UpstreamConfiguration
from colonnade.gateway.pipeline import Stage
from colonnade.reliability.spreading import Spread


@dataclass(frozen=True, slots=True)
class SpreadingRead:
    """What the stages say of themselves; where none of them spreads calls, there is nothing to say."""

    spread: Spread | None

    @classmethod
    def of(cls, stages: Sequence[Stage]) -> SpreadingRead:
        """Read the stages that serve."""
        return cls(next((stage for stage in stages if isinstance(stage, Spread)), None))

    def targets(self, route: str) -> list[TargetConfiguration]:
        """The targets of a route, lowest tier first."""
        plan = self.spread.fleet.plans.get(route) if self.spread is not None else None
        return [
            TargetConfiguration(
                binding=seat.target.name,
                upstream=seat.target.upstream.name,
                weight=seat.weight,
                tier=seat.tier,
            )
            for seat in (plan.seats if plan is not None else ())
        ]

    def upstreams(self) -> list[UpstreamConfiguration]:
        """Every upstream, and how calls to it are contained."""
        return list(self._upstreams())

    def _upstreams(self) -> Iterator[UpstreamConfiguration]:
        if self.spread is None:
            return
        fleet, lookout = self.spread.fleet, self.spread.lookout
        breakers = {target.upstream.name: target.breaker.limits for target in fleet.targets.values()}
        for name, condition in fleet.upstreams.items():
            limits = breakers.get(name)
            if limits is None:
                continue  # no route leads there
            yield UpstreamConfiguration(
                name=name,
                zone=condition.zone,
                timeout_s=condition.timeout_s,
                retry_share=condition.budget.share,
                breaker_failures=limits.failures,
                breaker_open_s=limits.open_s,
                concurrency=condition.gate.limits.concurrency,
                looked_at_s=lookout.every_s if lookout is not None and name in lookout.upstreams else 0.0,
            )
