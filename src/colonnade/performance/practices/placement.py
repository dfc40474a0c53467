"""Guide sections 5.1 and 5.2: accelerators where they pay, rest where nothing happens, services bought, callers near."""

from __future__ import annotations

from collections import Counter

from colonnade.evidence.imported.infrastructure import Infrastructure
from colonnade.review.proportions import percent
from colonnade.review.resources import every, listed, origins
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, insufficient, met, unmet
from colonnade.workload.specification import Specification


@signal(
    "PERF-03",
    1,
    improve="ask for an accelerator (`nvidia.com/gpu`, a machine type that has one) where a model runs",
)
def inference_asks_for_accelerators(infrastructure: Infrastructure) -> Verdict:
    """Everything that serves a model asks for a type of accelerator."""
    return every(
        infrastructure,
        "accelerated",
        what="hosts of models ask for an accelerator",
        none="nothing says that it serves a model: label it `app.kubernetes.io/component: inference`",
    )


@signal(
    "PERF-05",
    1,
    improve="run what waits for events as a function or job, or let it scale to zero (KEDA `minReplicaCount: 0`); or write"
    " the reason on it as `colonnade:perf-05`",
)
def event_driven_parts_rest(infrastructure: Infrastructure) -> Verdict:
    """Event-driven parts scale to zero, or say why they do not."""
    return every(
        infrastructure,
        "rests",
        what="event-driven parts scale to zero",
        none="no event-driven part is among what was imported",
        excepted="PERF-05",
    )


@signal(
    "PERF-06",
    1,
    improve="import everything that runs; a type that no table knows belongs into `review/data/infrastructure/`",
)
def every_component_is_classed(infrastructure: Infrastructure) -> Verdict:
    """Every component is known to be run by its provider or by the owner."""
    classed = Counter(each.run for each in infrastructure.resources if each.run)
    n = classed.total()
    if infrastructure.unclassified:
        return unmet(f"no table classes {listed(infrastructure.unclassified)}", n=n)
    if infrastructure.incomplete or not n:
        return insufficient("not every component was read, or none is among what was imported", n=n)
    own = sorted({each.type for each in infrastructure.resources if each.run == "self"})
    told = f"{classed['managed']} of {n} managed; self-run: {', '.join(own) or 'none'}"
    return met(f"{told}; read from {origins(infrastructure)}", value=classed["managed"] / n, n=n)


@signal(
    "PERF-08",
    2,
    improve="answer in the regions of your users, and state their shares in `placement.users` of workload.yaml",
)
def endpoints_are_near_users(infrastructure: Infrastructure, specification: Specification) -> Verdict:
    """Endpoints exist in regions that are nearest to the declared share of users."""
    placement = specification.placement
    if not placement.users:
        return insufficient("`placement.users` does not say where users are")
    doors = [each for each in infrastructure.resources if each.endpoint]
    regions = {each.region for each in doors if each.region}
    share = sum(share for region, share in placement.users.items() if region in regions)
    told = f"endpoints in {', '.join(sorted(regions)) or 'no known region'}, nearest to {percent(share)} of users"
    if share >= placement.users_near:
        return met(told, value=share, threshold=placement.users_near, n=len(doors))
    unplaced = [each.name for each in doors if not each.region]
    if unplaced or not doors:
        return insufficient(f"{told}; no region told for {listed(unplaced) or 'any endpoint'}", n=len(doors))
    return unmet(told, value=share, threshold=placement.users_near, n=len(doors))
