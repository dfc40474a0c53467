"""Drills of reliability in the run that is spread, and the ways in which what they prove is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from whole import Pick, Served, Whole, all_stages, without

from colonnade.assembly.drills.place import Place
from colonnade.drills.course import Course, DrillRun, Reading
from colonnade.drills.quantiles import Quantile
from colonnade.evidence.record import Record
from colonnade.reliability.drills import failover, struck
from colonnade.reliability.evidence import KillDrill, LoadDrill, Recovered, Step
from colonnade.review.report import Report

KINDS = frozenset({"429 at here", "503 at here", "stall at here", "malformed at here"})
LOST = frozenset({"here"})


@contextmanager
def hurried() -> Iterator[None]:
    """Nothing that is broken is waited for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(failover, "SECONDS", 1.5)
        patch.setattr(failover, "SPARE_S", 1.0)
        for name, seconds in (
            ("WITNESS_S", 20.0),
            ("LEFT_ALONE_S", 8.0),
            ("SPARE_S", 4.0),
            ("NOTHING_S", 1.0),
        ):
            patch.setattr(struck, name, seconds)
        yield


def exercise_spread(served: Served) -> None:
    """What can be exercised within one process."""
    with hurried():
        served.drill("failover")
        served.drill("upstream-fault", only=KINDS)


def record_the_rest(whole: Whole) -> None:
    """Kills and loads need processes of their own, and minutes: their records are written as their drills write them."""
    whole.append(lambda it: killed(it, 4.0))
    whole.append(lambda it: loaded(it, 200.0))
    whole.append(lambda it: ran(it, "instance_loss"))
    whole.append(lambda it: ran(it, "store_loss"))


def killed(place: Place, recovered_s: float | None) -> Record:
    """The record of `kill`."""
    outcomes = [
        Recovered(
            component="gateway", how=how, verdict="passed", witnessed=True, reason="gone", recovered_s=recovered_s,
            sent=9, answered=7, lost=0,
        )
        for how in ("kill", "hang", "starve")
    ]  # fmt: skip
    view = KillDrill(outcomes=outcomes, auto_s=30.0)
    return place.scope().record(view, kind="drill", source="drill", collector="tests@1", n=3)


def loaded(place: Place, p95_ms: float, *, beyond: float = 1.5) -> Record:
    """The record of `load`, beside a run before that took 200 ms."""
    steps = [_step(5.0 * beyond, p95_ms, within=True), _step(60.0, 9000.0, within=False)]
    view = LoadDrill(
        profile="p", route="answer", expected_per_s=5.0, beyond=beyond, steps=steps, peak=0, held_per_s=7.5,
        saturated_per_s=60.0, limit="the gateway's processor: 0.97 cores", tolerance=0.3,
        before={"carried_per_s": 7.5, "p95_ms": 200.0, "held_per_s": 7.5},
    )  # fmt: skip
    return place.scope().record(view, kind="drill", source="drill", collector="tests@1", n=80)


def ran(place: Place, fault: str) -> Record:
    """The record of a run with one witnessed experiment of a class."""
    steady = [Reading(signal="answered", value=1.0, tolerance="1", held=True)]
    course = Course(
        experiment=fault, hypothesis="it is borne", verdict="passed", reason="seen", began=1.0, injected=2.0,
        witnessed=3.0, removed=4.0, ended=5.0, before=steady, after=steady, fault=fault,
    )  # fmt: skip
    view = DrillRun(
        drill="test", number=fault, verdict="passed", reason="seen", hypothesis="it is borne", group="serving",
        runbook="", began=1.0, ended=5.0, actor="tests", courses=[course], faults=[fault],
    )  # fmt: skip
    return place.scope().record(view, kind="drill", source="drill", collector="drills.run@1", n=1)


def not_back(whole: Whole) -> Report:
    """Nobody starts a component again."""
    whole.append(lambda it: killed(it, None))
    return whole.review()


def too_little(whole: Whole) -> Report:
    """The load that was sent is the expected peak and no more."""
    whole.append(lambda it: loaded(it, 200.0, beyond=1.0))
    return whole.review()


def slower(whole: Whole) -> Report:
    """Answers take twice as long as in the run before."""
    whole.append(lambda it: loaded(it, 400.0))
    return whole.review()


def drilled_without(
    pick: Pick, drill: str, only: frozenset[str], *edits: tuple[str, str]
) -> Callable[[Whole], Report]:
    """The gateway was started without a mechanism, and a drill was run again."""

    def happens(whole: Whole) -> Report:
        for old, new in edits:
            whole.edit(old, new)
        with Served(whole, pick) as served, hurried():
            served.drill(drill, only=only)
        return whole.review()

    return happens


NO_SPREADING = without("spread")
TOOTHLESS = without("fault_point")
UNTOUCHED = all_stages


def another_policy(whole: Whole) -> Report:
    """The gateway was changed since, and nothing was exercised."""
    whole.edit("first_delay_s: 0.01", "first_delay_s: 0.02")
    with Served(whole) as served:
        served.ask_all(["Is it still there?"])
    return whole.review()


def _step(per_s: float, p95_ms: float, *, within: bool) -> Step:
    known: dict[str, Any] = {
        "refused": {}, "first_byte_ms": {}, "between_tokens_ms": {},
        "whole_ms": {"p95": Quantile(p95_ms, p95_ms * 0.95, p95_ms * 1.05)},
    }  # fmt: skip
    numbers = {name: 0.0 for name in Step.__struct_fields__ if name not in known}
    view = {**numbers, **known, "offered_per_s": per_s, "sent": 40, "answered": 40, "failed": 0, "whole": 40}
    counted = {**view, "carried_per_s": per_s, "within": within}
    return msgspec.convert(counted, Step)
