"""Tables are whole, plausible and of a stated year; a region is found or known to be unknown."""

from datetime import UTC, datetime

import msgspec
import pytest

from colonnade.errors import SetupError
from colonnade.sustainability import tables
from colonnade.sustainability.placement import placement
from colonnade.sustainability.regions import every_grid, grid, intensity
from colonnade.sustainability.span import Span
from colonnade.workload.sections.promises import Region


def test_every_table_has_its_rows_with_plausible_figures_and_years():
    assert len(tables.google_regions()) == 47
    assert len({it.iso3 for it in tables.countries().values()}) == 213
    assert len(tables.states()) >= 51
    assert len(tables.processors()) == 19
    for it in every_grid():
        assert 0 < it.grams_per_kwh < 1000, it
        assert 2022 <= it.year <= datetime.now(UTC).year, it


def test_every_cloud_region_stands_in_a_country_or_state_of_the_tables():
    for it in tables.cloud_regions().values():
        assert it.country in tables.countries(), it
        assert not it.state or it.state in tables.states(), it
        assert grid(it.region) is not None


def test_no_two_providers_share_a_region_id():
    assert not set(tables.google_regions()) & set(tables.cloud_regions())


@pytest.mark.parametrize(
    "bad", ["FR,FRA,France,2023,56039,0.9", "FR,FRA,France,2023,-1,0.9", "FR,FRA,France,2023,,"]
)
def test_a_malformed_or_implausible_row_stops_the_start(bad):
    content = f"iso2,iso3,country,year,gco2e_per_kwh,low_carbon_share\n{bad}\n"
    with pytest.raises(SetupError, match=r"owid\.csv"):
        tables.rows_of("owid.csv", content, tables.Country)


def test_a_table_without_its_column_stops_the_start():
    with pytest.raises(SetupError, match="malformed"):
        tables.rows_of("t.csv", "iso2,iso3\nFR,FRA\n", tables.Country)


@pytest.mark.parametrize(
    ("region", "grams", "year"),
    [
        ("europe-west9", 15.83, 2025),  # Google, Paris
        ("eu-west-3", 56.039, 2023),  # AWS, Paris: the mean of France
        ("us-west-2", 165.54, 2023),  # AWS, Oregon: the mean of the state
        ("westus2", 120.92, 2023),  # Azure, Washington
        ("local:DE", 380.95, 2023),
        ("local:deu", 380.95, 2023),
    ],
)
def test_a_region_has_the_intensity_of_its_table(region, grams, year):
    found = grid(region)
    assert (found.grams_per_kwh, found.year) == (grams, year)
    assert intensity(region) == Span(grams, grams)


@pytest.mark.parametrize("region", ["", "local:", "local:ZZ", "mars-north1", "EUROPE-WEST9"])
def test_an_unknown_region_takes_the_span_of_all(region):
    assert grid(region) is None
    assert intensity(region) == Span(11.36, 641.42)


def test_the_lowest_permitted_region_is_named():
    found = placement(Region(current="europe-west3", permitted=["europe-west3", "europe-west9", "us-east4"]))
    assert [it.region for it in found.permitted] == ["europe-west9", "europe-west3", "us-east4"]
    assert found.lowest.region == "europe-west9"
    assert found.lowest.year == 2025
    assert "2025" in found.table_source


def test_a_permitted_region_without_a_figure_is_shown_and_never_the_lowest():
    found = placement(Region(current="moon", permitted=["moon", "local:PL"]))
    assert msgspec.to_builtins(found.permitted[-1]) == {"region": "moon", "g_per_kwh": None, "year": None}
    assert found.lowest.region == "local:PL"


def test_sources_name_every_file_of_data_with_its_licence():
    listed = tables.text("SOURCE.md")
    names = [it.name for it in tables.files("colonnade.sustainability").joinpath("data").iterdir()]
    assert [name for name in names if name != "SOURCE.md" and f"`{name}`" not in listed] == []
    assert "MPL-2.0" in listed
