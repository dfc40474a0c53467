"""Guide section 7.2: work runs where electricity is cleaner, when law and latency allow."""

from __future__ import annotations

from colonnade.review.proportions import all_of
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, insufficient, met, unmet
from colonnade.sustainability.evidence import CarbonByRegion, Placement
from colonnade.workload.sections.promises import Sampling


@signal(
    "SUS-04",
    1,
    improve="move to the cleanest permitted region, or narrow `placement.permitted` to what law allows",
)
def the_cleanest_permitted_region_is_used(placement: Placement) -> Verdict:
    """Of the permitted regions, the one with the lowest carbon intensity is where the work runs."""
    unknown = [region.region for region in placement.permitted if region.g_per_kwh is None]
    lowest = placement.lowest
    if unknown or lowest is None:
        return insufficient(f"no carbon intensity for {', '.join(unknown) or 'any region'}")
    told = f"lowest is {lowest.region} with {lowest.g_per_kwh:.0f} g/kWh ({lowest.year})"
    if placement.current == lowest.region:
        return met(f"runs in {placement.current}; {told}", value=lowest.g_per_kwh)
    return unmet(f"runs in {placement.current}; {told}", value=lowest.g_per_kwh)


@signal("SUS-04", 2, improve="name each upstream's `region`; models of unknown size need `size`")
def carbon_is_recorded_by_region(carbon: CarbonByRegion, sampling: Sampling) -> Verdict:
    """Tokens by region and grams of CO2e per 1,000 tokens are recorded for every request."""
    verdict = all_of(carbon.estimated, carbon.requests, sampling, "metered requests carry a footprint")
    if verdict.outcome != "pass":
        return verdict
    return met(f"{verdict.reason}; {'; '.join(_told(carbon))}", n=carbon.requests)


def _told(carbon: CarbonByRegion) -> list[str]:
    return [
        f"{use.region}: {1000 * use.carbon_min_g / use.tokens:.3g} to {1000 * use.carbon_max_g / use.tokens:.3g} "
        f"gCO2e per 1,000 of {use.tokens} tokens"
        for use in carbon.regions
        if use.tokens
    ]
