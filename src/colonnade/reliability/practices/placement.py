"""Guide section 4.1: every part spans zones, two model upstreams stand ready, and what fails is noticed and replaced."""

from __future__ import annotations

from urllib.parse import urlsplit

from colonnade.evidence.imported.infrastructure import Infrastructure
from colonnade.review.resources import every
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, met, unmet
from colonnade.workload.sections.serving import Upstream
from colonnade.workload.specification import Specification


@signal(
    "REL-01",
    1,
    improve="spread every part over two zones or more (`multi_az`, subnets, `topologySpreadConstraints`), and bind a"
    " model at a second, independent upstream",
)
def every_part_spans_zones(infrastructure: Infrastructure, specification: Specification) -> Verdict:
    """Every part spans two or more zones, and models are bound at two independent upstreams or more."""
    verdict = every(
        infrastructure,
        "zones",
        what="parts span two or more zones",
        none="no part that runs or keeps data is among what was imported",
    )
    if verdict.outcome == "fail":
        return verdict
    places = {_place(name, specification.upstreams[name]) for name in _used(specification)}
    if len(places) < 2:
        return unmet(f"models are bound at one place alone: {', '.join(sorted(places))}", n=verdict.n)
    if verdict.outcome != "pass":
        return verdict
    return met(f"{verdict.reason}; models are bound at {', '.join(sorted(places))}", n=verdict.n)


@signal(
    "REL-03",
    2,
    improve="give every container a liveness and a readiness probe, let something replace what is sick, and name an"
    " autoscaler for it",
)
def every_part_is_looked_after(infrastructure: Infrastructure) -> Verdict:
    """Liveness and readiness checks, a restart or replace policy and scaling rules are set on every component."""
    return every(
        infrastructure,
        "checked",
        "replaced",
        "scaled",
        what="parts are checked, replaced and scaled by rules",
        none="no part that runs is among what was imported",
    )


def _used(specification: Specification) -> set[str]:
    return {specification.models[name].upstream for name in specification.bound}


def _place(name: str, upstream: Upstream) -> str:
    """What an upstream shares its fate with: its zone as named, else its host, else itself."""
    return upstream.zone or urlsplit(upstream.base_url or "").hostname or name
