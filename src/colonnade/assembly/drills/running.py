"""Drills are listed, chosen and run, and what came of each stands in the ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path

from colonnade.assembly.drills.asking import asking
from colonnade.assembly.drills.breaking import breaking
from colonnade.assembly.drills.keeping import keep
from colonnade.assembly.drills.place import Place
from colonnade.assembly.drills.recovery import recovering
from colonnade.assembly.opened import opened
from colonnade.drills.diary import Told, unheard
from colonnade.drills.drill import Drill, Outcome, choose, exercise


async def run_drills(
    folder: Path,
    host: str,
    port: int,
    names: Iterable[str],
    elsewhere: Sequence[str] = (),
    *,
    told: Told = unheard,
) -> AsyncIterator[Outcome]:
    """Run drills one after the other against the gateway at `host:port`, and keep what came of each.

    Raises:
        UnknownDrill: a name that no drill has.
        SetupError: the folder's gateway is not the one that answers there.
    """
    with opened(folder) as (workload, ledger, shelf):
        place = Place(workload, ledger, shelf, host, port, elsewhere, told)
        for drill in choose(drills_of(place), names):
            yield await carried_out(drill, place)


async def carried_out(drill: Drill, place: Place) -> Outcome:
    """Run one drill and keep what came of it."""
    return keep(await exercise(drill, place.scope(), place.ground()), place)


def drills_of(place: Place) -> list[Drill]:
    """Every drill that can be aimed at the workload, in the order in which they run."""
    return [*asking(place), *recovering(place), *breaking(place)]


def known_drills(folder: Path) -> Sequence[Drill]:
    """The same, without a gateway and without running any."""
    with opened(folder) as (workload, ledger, shelf):
        return drills_of(Place(workload, ledger, shelf, "127.0.0.1", 0))
