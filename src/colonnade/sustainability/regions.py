"""The carbon intensity of a region's electricity is known with its year, basis and source, or known to be unknown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from colonnade.sustainability.span import Span
from colonnade.sustainability.tables import cloud_regions, countries, google_regions, states

LOCAL = "local:"


@dataclass(frozen=True, slots=True)
class Grid:
    """Electricity in one place: grams of CO2e per kWh, location-based yearly average, no market instruments."""

    region: str
    place: str
    grams_per_kwh: float
    year: int
    basis: str


@lru_cache(maxsize=1024)
@lru_cache(maxsize=1024)
def grid(region: str) -> Grid | None:
    """The grid of a region id of Google Cloud, AWS or Azure, or of `local:XX` with a country code; else None."""
    if region.startswith(LOCAL):
        return _of_country(region, region.removeprefix(LOCAL).upper())
    if found := google_regions().get(region):
        return Grid(region, found.place, found.grams_per_kwh, 2025, "region, Google")
    if site := cloud_regions().get(region):
        return _of_state(region, site.place, site.state) or _of_country(region, site.country, site.place)
    return None


@lru_cache(maxsize=1024)
def intensity(region: str | None) -> Span:
    """Grams of CO2e per kWh: the region's, or the whole span of the table of regions where it is not known."""
    found = grid(region) if region else None
    if found is not None:
        return Span(found.grams_per_kwh, found.grams_per_kwh)
    known = [it.grams_per_kwh for it in google_regions().values()]
    return Span(min(known), max(known))


def every_grid() -> list[Grid]:
    """The grid of every cloud region of the tables, cleanest first."""
    found = (grid(region) for region in (*google_regions(), *cloud_regions()))
    return sorted((it for it in found if it), key=lambda it: (it.grams_per_kwh, it.region))


def _of_country(region: str, code: str, place: str = "") -> Grid | None:
    row = countries().get(code)
    if row is None:
        return None
    return Grid(region, place or row.country, row.grams_per_kwh, row.year, f"mean of {row.country}")


def _of_state(region: str, place: str, code: str) -> Grid | None:
    row = states().get(code)
    return Grid(region, place, row.grams_per_kwh, 2023, f"mean of {code}, eGRID") if row else None
