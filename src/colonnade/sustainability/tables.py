"""The shipped tables of figures are read once, and a malformed or implausible row stops the start."""

from __future__ import annotations

import csv
import io
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import msgspec

from colonnade.errors import SetupError

Row = TypeVar("Row", bound=msgspec.Struct)
PLAUSIBLE_GRAMS_PER_KWH = (0.0, 1400.0)
"""Nothing is dirtier than lignite burnt badly (about 1,400 g CO2e per kWh over a life cycle, IPCC AR5 annex III)."""


class GoogleRegion(msgspec.Struct, frozen=True):
    """A row of `gcp-regions-2025.csv`: location-based grid intensity of a Google Cloud region."""

    region: str = msgspec.field(name="Google Cloud Region")
    place: str = msgspec.field(name="Location")
    grams_per_kwh: float = msgspec.field(name="Grid carbon intensity (gCO2eq / kWh)")


class CloudRegion(msgspec.Struct, frozen=True):
    """A row of `cloud-regions.csv`: where a region of AWS or Azure stands."""

    provider: str
    region: str
    place: str
    country: str
    state: str


class Country(msgspec.Struct, frozen=True):
    """A row of `owid-country-carbon-intensity.csv`: the mean of a country in one year."""

    iso2: str
    iso3: str
    country: str
    year: int
    grams_per_kwh: float = msgspec.field(name="gco2e_per_kwh")


class State(msgspec.Struct, frozen=True):
    """A row of `us-state-egrid2023.csv`: the mean of a state of the USA in 2023."""

    state: str
    code: str
    grams_per_kwh: float = msgspec.field(name="gco2e_per_kwh")


class Processor(msgspec.Struct, frozen=True):
    """A row of `ccf-vcpu-watts.csv`: watts of one vCPU, idle and busy, by microarchitecture."""

    architecture: str = msgspec.field(name="Architecture")
    idle_w: float = msgspec.field(name="Min Watts")
    busy_w: float = msgspec.field(name="Max Watts")


@cache
def google_regions() -> dict[str, GoogleRegion]:
    """By region id, e.g. `europe-west9`."""
    return {row.region: row for row in _rows("gcp-regions-2025.csv", GoogleRegion)}


@cache
def cloud_regions() -> dict[str, CloudRegion]:
    """Regions of AWS and Azure by id, e.g. `eu-west-3`, `francecentral`."""
    return {row.region: row for row in _rows("cloud-regions.csv", CloudRegion)}


@cache
def countries() -> dict[str, Country]:
    """By two-letter and by three-letter code of ISO 3166."""
    rows = _rows("owid-country-carbon-intensity.csv", Country)
    return {code: row for row in rows for code in (row.iso2, row.iso3)}


@cache
def states() -> dict[str, State]:
    """States of the USA by two-letter code."""
    return {row.code: row for row in _rows("us-state-egrid2023.csv", State)}


@cache
def processors() -> dict[str, Processor]:
    """By microarchitecture. The row of EPYC 5th Gen is left out: five times its neighbours, see data/SOURCE.md."""
    rows = _rows("ccf-vcpu-watts.csv", Processor)
    return {row.architecture: row for row in rows if row.architecture != "EPYC 5th Gen"}


@cache
def constants() -> Any:
    """`energy-model-constants.json`: coefficients, each with its source beside it."""
    return msgspec.json.decode(text("energy-model-constants.json"))


def text(name: str) -> str:
    """One file of the package's data."""
    return files("colonnade.sustainability").joinpath("data", name).read_text(encoding="utf-8")


def rows_of(name: str, content: str, row_type: type[Row]) -> list[Row]:
    """The rows of a table, checked.

    Raises:
        SetupError: a column is missing, a figure is no number, or no grid has such an intensity.
    """
    try:
        rows = [msgspec.convert(row, row_type, strict=False) for row in csv.DictReader(io.StringIO(content))]
    except msgspec.ValidationError as error:
        raise SetupError(f"{name} is malformed: {error}") from error
    low, high = PLAUSIBLE_GRAMS_PER_KWH
    for number, row in enumerate(rows, start=2):
        grams = getattr(row, "grams_per_kwh", low)
        if not low <= grams <= high:
            raise SetupError(f"{name}:{number} has an implausible intensity: {grams} g/kWh")
    return rows


def _rows(name: str, row_type: type[Row]) -> list[Row]:
    return rows_of(name, text(name), row_type)
