"""Of the regions in which a workload may run, the one with the cleanest electricity is known by name and year."""

from __future__ import annotations

from colonnade.sustainability.evidence import PermittedRegion, Placement
from colonnade.sustainability.regions import grid
from colonnade.workload.sections.promises import Region

TABLE_SOURCE = "Google Cloud regions 2025; Our World in Data to 2023; US EPA eGRID2023 (location-based)"


def placement(declared: Region) -> Placement:
    """The table of `placement.permitted`, cleanest first, regions that no table has last."""
    regions = [_permitted(region) for region in declared.permitted]
    regions.sort(key=lambda it: (it.g_per_kwh is None, it.g_per_kwh or 0.0, it.region))
    return Placement(current=declared.current, permitted=regions, table_source=TABLE_SOURCE)


def _permitted(region: str) -> PermittedRegion:
    found = grid(region)
    if found is None:
        return PermittedRegion(region=region, g_per_kwh=None, year=None)
    return PermittedRegion(region=region, g_per_kwh=found.grams_per_kwh, year=found.year)
