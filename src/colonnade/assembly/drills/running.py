"""Drills are listed, chosen and run, and what came of each stands in the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path

from colonnade.assembly.drills.asking import asking
from colonnade.assembly.drills.breaking import at_endpoint, breaking
from colonnade.assembly.drills.keeping import keep
from colonnade.assembly.drills.place import Place
from colonnade.assembly.drills.recovery import recovering
from colonnade.assembly.opened import opened
from colonnade.drills.chaostoolkit import read
from colonnade.drills.conduct import Conductor
from colonnade.drills.diary import Told, unheard
from colonnade.drills.drill import Drill, Outcome, choose, exercise
from colonnade.drills.experiment import Blast
from colonnade.drills.live import LiveLine
from colonnade.evidence.collection import Scope


async def run_drills(
    folder: Path,
    host: str,
    port: int,
    names: Iterable[str],
    elsewhere: Sequence[str] = (),
    *,
    told: Told = unheard,
    only: Iterable[str] = (),
) -> AsyncIterator[Outcome]:
    """Run drills one after the other against the gateway at `host:port`, and keep what came of each.

    Raises:
        UnknownDrill: a name that no drill has.
        SetupError: the folder's gateway is not the one that answers there.
    """
    with opened(folder) as (workload, ledger, shelf):
        place = Place(workload, ledger, shelf, host, port, elsewhere, told, frozenset(only))
        for drill in choose(drills_of(place), names):
            yield await carried_out(drill, place)


async def run_file(folder: Path, port: int, file: Path, *, told: Told = unheard) -> AsyncIterator[Outcome]:
    """Carry out an experiment in Chaos Toolkit's shape, with our life around it; it leaves the record of its run.

    Raises:
        SetupError: the file cannot be read.
    """
    document = await asyncio.to_thread(file.read_bytes)
    with opened(folder) as (workload, ledger, shelf):
        place = Place(workload, ledger, shelf, "127.0.0.1", port, (), told)
        blast = Blast("serving", workload.specification.drills.longest_s, place.ground().reach.share)
        experiment = read(document, blast)

        async def conduct(_: Scope, conductor: Conductor) -> None:
            await conductor.conduct(experiment)

        yield await carried_out(Drill(file.stem, experiment.hypothesis, (), conduct, group="serving"), place)


async def run_at(folder: Path, port: int, endpoint: str, *, told: Told = unheard) -> AsyncIterator[Outcome]:
    """Run the drill `load` against an endpoint of `drills.targets`.

    Raises:
        SetupError: the owner lists none of that name, or does not allow it.
    """
    with opened(folder) as (workload, ledger, shelf):
        place = Place(workload, ledger, shelf, "127.0.0.1", port, (), told)
        yield await carried_out(at_endpoint(place, endpoint), place)


async def carried_out(drill: Drill, place: Place) -> Outcome:
    """Run one drill and keep what came of it."""
    try:
        return keep(await exercise(drill, place.scope(), place.ground()), place)
    finally:
        LiveLine.of(place.workload.state).end()


def drills_of(place: Place) -> list[Drill]:
    """Every drill that can be aimed at the workload, in the order in which they run."""
    return [*asking(place), *recovering(place), *breaking(place)]


def known_drills(folder: Path) -> Sequence[Drill]:
    """The same, without a gateway and without running any."""
    with opened(folder) as (workload, ledger, shelf):
        return drills_of(Place(workload, ledger, shelf, "127.0.0.1", 0))
