"""Collectors of step 7 over the journal and the region table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.evidence.request import RequestRecord
from colonnade.sustainability.evidence import CarbonByRegion, RegionUse, RetentionState


def carbon_by_region(requests: Sequence[RequestRecord], scope: Scope) -> Record:
    """Tokens and grams of CO2e by region; requests without a method count as not estimated."""
    metered = [request for request in requests if request.outcome == "answered" and request.reached_upstream]
    by_region: dict[str, list[RequestRecord]] = defaultdict(list)
    for request in metered:
        by_region[request.region or "unstated"].append(request)
    view = CarbonByRegion(
        requests=len(metered),
        estimated=sum(_estimated(request) for request in metered),
        regions=[_use(region, seen) for region, seen in sorted(by_region.items())],
    )
    return scope.record(view, kind="telemetry", collector="sustainability.carbon@1", n=len(metered))


def retention_state(last_run_at: float | None, deleted: int, past_limit: int, scope: Scope) -> Record:
    """The last deletion run, and what is past its limit now."""
    view = RetentionState(
        ran=last_run_at is not None, last_run_at=last_run_at or 0.0, deleted=deleted, past_limit=past_limit
    )
    return scope.record(
        view, kind="telemetry", collector="sustainability.retention@1", n=deleted + past_limit + 1
    )


def _estimated(request: RequestRecord) -> bool:
    # Answers for which nothing computed (the simulator) have a method and no tier: nothing is nothing for certain.
    return bool(request.footprint_method) and not request.footprint_method.startswith("unknown")


def _use(region: str, requests: Sequence[RequestRecord]) -> RegionUse:
    return RegionUse(
        region=region,
        tokens=sum(r.fresh_input + r.cache_read + r.cache_write + r.output + r.reasoning for r in requests),
        carbon_min_g=sum(r.carbon_min_g for r in requests),
        carbon_max_g=sum(r.carbon_max_g for r in requests),
    )
