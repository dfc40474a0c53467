"""What an operator does beside running drills: arm and disarm a fault by hand, take back what was left, read and export."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from colonnade.assembly.drills.breaking import site_of
from colonnade.assembly.drills.kinds import restore_left
from colonnade.assembly.drills.place import Place
from colonnade.assembly.drills.running import drills_of
from colonnade.assembly.opened import opened
from colonnade.drills import chaostoolkit
from colonnade.drills.calendar import check
from colonnade.drills.drill import choose
from colonnade.drills.experiment import Experiment
from colonnade.drills.target import DRILL_LABELS
from colonnade.drills.undo import Entry
from colonnade.errors import SetupError
from colonnade.reliability.drills.arming import Strike
from colonnade.reliability.drills.cases import CASES
from colonnade.reliability.drills.locust import locust_file
from colonnade.workload.folder import state_of

BY_HAND = "by hand"
_PLACES = {"closed": "http://127.0.0.1:1/v1", "nowhere": "http://drill.invalid/v1"}


def arm(folder: Path, fault: str, upstreams: Sequence[str], seconds: float, share: float) -> None:
    """Calls of drills, and `share` of the others, meet a fault at these upstreams for some seconds.

    Raises:
        SetupError: no such upstream or fault, or more than the owner allows.
        NotNow: the owner wants no disturbance at this time.
    """
    with opened(folder) as (workload, ledger, shelf):
        place = Place(workload, ledger, shelf, "127.0.0.1", 0)
        declared = workload.specification
        unknown = sorted(set(upstreams) - set(declared.upstreams))
        if unknown:
            raise SetupError(
                f"there is no upstream `{unknown[0]}`; there are: {', '.join(declared.upstreams)}"
            )
        check(declared.drills, time.time())
        reach = place.ground().reach
        if share > reach.share or seconds > reach.longest_s:
            raise SetupError(
                f"the owner allows {reach.share:.0%} of the calls of others, and {reach.longest_s:g} s"
            )
        site_of(place).control.arm(_strike(fault, upstreams, time.time() + seconds, share))


def disarm(folder: Path) -> None:
    """Calls are answered by their upstreams again."""
    with opened(folder) as (workload, ledger, shelf):
        site_of(Place(workload, ledger, shelf, "127.0.0.1", 0)).control.disarm()


def restore(folder: Path) -> Sequence[Entry]:
    """Take back what killed drills left behind."""
    return restore_left(state_of(folder))


def read_signal(folder: Path, port: int, drill: str, signal: str) -> float:
    """The value of a signal of a drill's steady state, read at the running gateway now.

    Raises:
        SetupError: there is none of that name, or the gateway does not answer.
    """
    with opened(folder) as (workload, ledger, shelf):
        place = Place(workload, ledger, shelf, "127.0.0.1", port)
        choose(drills_of(place), [drill])
        site = site_of(place)

        async def read() -> float:
            async with site.callers() as callers:
                known = {each.name: each for route in site.routes for each in [callers.answers(route)]}
                if signal not in known:
                    raise SetupError(f"{drill} has no signal `{signal}`; there are: {', '.join(known)}")
                return await known[signal].read()

        return asyncio.run(read())


def exported(folder: Path, drill: str, *, port: int) -> list[bytes]:
    """The experiments of a drill as documents for Chaos Toolkit.

    Raises:
        SetupError: it has none that is known before it runs.
    """
    with opened(folder) as (workload, ledger, shelf):
        [found] = choose(drills_of(Place(workload, ledger, shelf, "127.0.0.1", port)), [drill])
        experiments: Sequence[Experiment] = found.declared()
    if not experiments:
        raise SetupError(
            f"the drill `{drill}` has nothing to inject that could be exported: it only asks, or nothing runs that it knows"
        )
    read = ("colonnade", "drill", "read", drill)
    return [chaostoolkit.written(experiment, read) for experiment in experiments]


def exported_load(folder: Path, *, port: int) -> str:
    """The load of the workload as a file for Locust."""
    with opened(folder) as (workload, ledger, shelf):
        site = site_of(Place(workload, ledger, shelf, "127.0.0.1", port))
        profile = workload.specification.drills.load
        return locust_file(profile, profile.route or next(iter(site.routes)), f"http://127.0.0.1:{port}")


def _strike(fault: str, upstreams: Sequence[str], until: float, share: float) -> Strike:
    known = {case.fault: case.fault for case in CASES if case.fault is not None}
    if fault in _PLACES:
        return Strike(
            experiment=BY_HAND, upstreams=list(upstreams), until=until, address=_PLACES[fault],
            labels=dict(DRILL_LABELS), share=share,
        )  # fmt: skip
    named = next((name for name in known if name == fault), None)
    if named is None:
        raise SetupError(f"there is no fault `{fault}`; there are: {', '.join([*_PLACES, *map(str, known)])}")
    return Strike(
        experiment=BY_HAND,
        upstreams=list(upstreams),
        until=until,
        fault=named,
        labels=dict(DRILL_LABELS),
        share=share,
    )
