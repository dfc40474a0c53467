"""Runs of drills are listed, told phase by phase, and shown with the chart that lies beside their record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from populated import HOSTILE, TOKEN, console_over, workload_folder
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from colonnade.assembly.drills.keeping import keep
from colonnade.assembly.drills.place import Place
from colonnade.assembly.drills.running import carried_out
from colonnade.assembly.opened import opened
from colonnade.drills.drill import Drill, Outcome, exercise
from colonnade.drills.experiment import Action, Check, Experiment, Sighting


async def kept(folder: Path) -> Outcome:
    """A drill that was really carried out, with words that nobody would wish for."""

    async def seen() -> Sighting:
        return Sighting(True, HOSTILE)

    async def run(_, conductor) -> None:
        checks = [Check("it is borne", held=False, told="1 of 2")]
        await conductor.conduct(
            Experiment(name="503 at here", hypothesis="h", witness=seen, verify=lambda: checks)
        )

    with opened(folder) as (workload, ledger, shelf):
        place = Place(workload, ledger, shelf, "127.0.0.1", 0)
        drill = Drill("upstream-fault", "whatever happens is borne", (), run)
        return keep(await exercise(drill, place.scope(), place.ground()), place)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return workload_folder(tmp_path / "minimal")


@pytest.fixture
def reader(folder: Path) -> Iterator[httpx.Client]:
    with console_over(folder) as address, httpx.Client(base_url=address) as client:
        assert client.get("/", params={"token": TOKEN}).status_code == 303
        yield client


def words(page: httpx.Response) -> str:
    assert page.status_code == 200, page.text
    return " ".join(HTMLParser(page.text).css_first("main").text().split())


def test_without_a_run_it_says_how_to_begin(reader):
    assert "colonnade drill run all" in words(reader.get("/drills"))


async def test_a_run_is_told_with_its_chart(folder, reader):
    outcome = await kept(folder)
    assert outcome.run is not None
    listed = words(reader.get("/drills"))
    assert "upstream-faultfailed" in listed
    page = reader.get(f"/drills/{outcome.run.number}")
    told = words(page)
    assert "upstream-fault: failed" in told
    assert "not held: it is borne (1 of 2)" in told
    assert HOSTILE not in page.text
    chart = reader.get(f"/drills/{outcome.run.number}/chart.svg")
    assert (chart.status_code, chart.headers["content-type"]) == (200, "image/svg+xml")
    assert HOSTILE.encode() not in chart.content
    assert reader.get(f"/records/{outcome.run_record}").status_code == 200


async def test_what_is_under_way_is_shown_while_it_is(folder, reader):
    seen: list[str] = []

    async def look() -> Sighting:
        seen.append(words(reader.get("/drills")))
        return Sighting(True, "seen")

    async def nothing() -> None: ...

    async def run(_, conductor) -> None:
        method = [Action("take the bulb", nothing)]
        await conductor.conduct(Experiment(name="dark", hypothesis="h", witness=look, method=method))

    with opened(folder) as (workload, ledger, shelf):
        place = Place(workload, ledger, shelf, "127.0.0.1", 0)
        await carried_out(Drill("bulb", "h", (), run), place)
    assert "Under way: dark, inject: take the bulb" in seen[0]
    assert "Under way" not in words(reader.get("/drills"))


@pytest.mark.parametrize(
    "path", ["/drills/nothing", "/drills/nothing/chart.svg", "/drills/..%2f..%2fkeys/chart.svg"]
)
def test_a_run_that_is_not_there(reader, path):
    assert reader.get(path).status_code == 404
