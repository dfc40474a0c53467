"""Drills are chosen by name, and one that cannot be carried out says why and leaves no record."""

from __future__ import annotations

import pytest
from observed import SCOPE

from colonnade.drills.conduct import Conductor
from colonnade.drills.drill import Drill, Run, UnknownDrill, choose, exercise
from colonnade.errors import SetupError
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.operations.evidence import CanaryRequest

SEEN = CanaryRequest(sent=True, found=True, complete=True, seconds=0.1)


def drill(name: str, run: Run | None = None) -> Drill:
    return Drill(name, "something holds", ("OPS-11",), run or carried_out)


async def carried_out(scope: Scope, _: Conductor) -> Record:
    return scope.record(SEEN, kind="drill", source="drill", collector="t@1", n=1)


def failing(error: Exception) -> Run:
    async def run(_: Scope, __: Conductor) -> Record:
        raise error

    return run


A, B, C = drill("a"), drill("b"), drill("c")


@pytest.mark.parametrize(
    ("names", "chosen"),
    [(["b"], [B]), (["c", "a"], [A, C]), (["all"], [A, B, C]), (["b", "all"], [A, B, C]), (["b", "b"], [B])],
)
def test_drills_run_in_their_own_order(names, chosen):
    assert choose([A, B, C], names) == chosen


def test_an_unknown_name_ends_everything_and_names_those_that_exist():
    with pytest.raises(UnknownDrill, match=r"no drill `d`; there are: a, b, c") as raised:
        choose([C, B, A], ["a", "d"])
    assert raised.value.exit_code == 2


async def test_a_drill_that_was_carried_out_has_its_record():
    outcome = await exercise(A, SCOPE)
    assert outcome.record is not None
    assert outcome.record.topic == "drill.canary-request"
    assert outcome.problem == ""


@pytest.mark.parametrize("error", [SetupError("nothing answers"), ConnectionRefusedError("refused")])
async def test_a_drill_that_cannot_reach_its_target_says_so(error):
    outcome = await exercise(drill("a", failing(error)), SCOPE)
    assert outcome.record is None
    assert outcome.problem == str(error)


async def test_a_defect_of_a_drill_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        await exercise(drill("a", failing(ZeroDivisionError())), SCOPE)
