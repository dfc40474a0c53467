"""An experiment passes, fails, is void or is aborted for the reason that is there, and is taken back every time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from colonnade.drills.conduct import BlastTooLarge, Conductor, Reach
from colonnade.drills.diary import Diary
from colonnade.drills.experiment import (
    Action,
    Blast,
    Check,
    Experiment,
    Sighting,
    Signal,
    Tolerance,
    Undo,
)
from colonnade.drills.undo import UndoJournal
from colonnade.errors import SetupError


@dataclass
class Lamp:
    """The system: a lamp that burns while nobody removed its bulb, and a file that stands for the removed bulb."""

    taken: Path
    spare: bool = True
    log: list[str] = field(default_factory=list)

    async def brightness(self) -> float:
        return 0.0 if self.taken.exists() and not self.spare else 1.0

    async def take(self) -> None:
        self.taken.write_text("bulb")
        self.log.append("taken")

    async def only_pretend(self) -> None:
        self.log.append("pretended")

    async def seen(self) -> Sighting:
        return Sighting(self.taken.exists(), "the bulb is gone" if self.taken.exists() else "")

    def experiment(self, **changes: Any) -> Experiment:
        signal = Signal("brightness", self.brightness, Tolerance(least=1.0))
        usual = Experiment(
            name="dark",
            hypothesis="it burns without its bulb",
            steady=(signal,),
            method=(Action("take the bulb", self.take, Undo("remove-file", {"path": str(self.taken)})),),
            witness=self.seen,
            patience_s=0.1,
        )
        return replace(usual, **changes)


@pytest.fixture
def lamp(tmp_path: Path) -> Lamp:
    return Lamp(tmp_path / "bulb")


@pytest.fixture
def conductor(tmp_path: Path) -> Conductor:
    return Conductor(UndoJournal(tmp_path / "test.undo.json", {"remove-file": remove}))


def remove(facts: Any) -> None:
    Path(facts["path"]).unlink(missing_ok=True)


async def test_what_is_steady_witnessed_and_steady_again_passes(lamp, conductor):
    course = await conductor.conduct(lamp.experiment())
    assert (course.verdict, course.reason) == ("passed", "the bulb is gone")
    assert course.began <= course.injected <= course.witnessed <= course.removed <= course.ended
    assert [reading.held for reading in (*course.before, *course.after)] == [True, True]
    assert [event.what for event in course.events] == ["inject", "witness", "remove", "verdict"][:3]
    assert not lamp.taken.exists()


async def test_a_toothless_fault_is_void(lamp, conductor):
    toothless = (Action("take the bulb", lamp.only_pretend),)
    course = await conductor.conduct(lamp.experiment(method=toothless))
    assert course.verdict == "void"
    assert course.witnessed == 0.0


async def test_a_void_experiment_measures_nothing(lamp, conductor):
    async def measure(_: Diary) -> None:
        lamp.log.append("measured")

    await conductor.conduct(lamp.experiment(method=(), measure=measure))
    assert lamp.log == []


async def test_what_is_not_steady_before_is_not_touched(lamp, conductor):
    lamp.spare = False
    lamp.taken.write_text("somebody else's")
    course = await conductor.conduct(lamp.experiment())
    assert course.verdict == "aborted"
    assert "brightness is 0, asked: at least 1; nothing was injected" in course.reason
    assert lamp.log == []


async def test_what_is_not_steady_again_failed(lamp, conductor):
    async def break_it(_: Diary) -> None:
        lamp.spare = False
        lamp.taken.with_name("stuck").touch()

    async def put_in_again(_: Diary) -> None:
        lamp.taken.write_text("again")

    course = await conductor.conduct(lamp.experiment(measure=break_it, settle=put_in_again))
    assert course.verdict == "failed"
    assert "not steady again after 0.1 s" in course.reason


async def test_an_assertion_that_does_not_hold_failed(lamp, conductor):
    checks = [Check("it burned on", held=False, told="0 of 5"), Check("it was cool", held=True)]
    course = await conductor.conduct(lamp.experiment(verify=lambda: checks))
    assert (course.verdict, course.reason) == ("failed", "not held: it burned on (0 of 5)")
    assert [check.held for check in course.checks] == [False, True]


async def test_a_condition_for_stopping_ends_it_and_it_is_taken_back(lamp, conductor):
    lamp.spare = False
    others = Signal("brightness next door", lamp.brightness, Tolerance(least=1.0))

    async def forever(_: Diary) -> None:
        await asyncio.Event().wait()

    course = await conductor.conduct(lamp.experiment(measure=forever, abort_when=(others,)))
    assert course.verdict == "aborted"
    assert course.reason == "stopped: brightness next door is 0, asked: at least 1"
    assert not lamp.taken.exists()


async def test_it_ends_when_its_longest_time_has_passed(lamp, conductor):
    async def forever(_: Diary) -> None:
        await asyncio.Event().wait()

    course = await conductor.conduct(lamp.experiment(measure=forever, blast=Blast(longest_s=0.05)))
    assert course.verdict == "aborted"
    assert "the longest time of 0.05 s passed" in course.reason
    assert not lamp.taken.exists()


async def test_an_error_while_it_is_in_aborts_and_takes_it_back(lamp, conductor):
    async def cannot(_: Diary) -> None:
        raise SetupError("the meter is broken")

    course = await conductor.conduct(lamp.experiment(measure=cannot))
    assert (course.verdict, course.reason) == ("aborted", "the meter is broken")
    assert not lamp.taken.exists()


async def test_a_defect_is_raised_and_the_fault_taken_back(lamp, conductor):
    async def defect(_: Diary) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await conductor.conduct(lamp.experiment(measure=defect))
    assert not lamp.taken.exists()


async def test_ctrl_c_takes_it_back(lamp, conductor):
    measuring = asyncio.Event()

    async def forever(_: Diary) -> None:
        measuring.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(conductor.conduct(lamp.experiment(measure=forever)))
    await measuring.wait()
    assert lamp.taken.exists()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not lamp.taken.exists()


@pytest.mark.parametrize(
    ("blast", "limit"),
    [
        (Blast(share=0.5), "`drills.share` is 10%"),
        (Blast(share=0.1, longest_s=61.0), "`drills.longest_s` is 60 s"),
        (Blast(share=0.1, routes=("payments",)), "payments, where `no_drills` is set"),
    ],
)
async def test_beyond_the_owners_limits_nothing_is_touched(lamp, conductor, blast, limit):
    conductor.reach = Reach(share=0.1, longest_s=60.0, spared=frozenset({"payments"}))
    with pytest.raises(BlastTooLarge, match=limit):
        await conductor.conduct(lamp.experiment(blast=blast))
    assert lamp.log == []


async def test_what_must_be_taken_back_needs_a_journal(lamp):
    course = await Conductor().conduct(lamp.experiment())
    assert course.verdict == "aborted"
    assert lamp.log == []


async def test_every_event_is_heard_as_it_happens(lamp, conductor):
    heard: list[str] = []
    conductor.told = lambda event: heard.append(event.what)
    await conductor.conduct(lamp.experiment())
    assert heard == ["inject", "witness", "remove", "verdict"]
