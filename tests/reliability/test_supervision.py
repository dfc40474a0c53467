"""A component that hangs, starves or keeps ending is noticed, and each is treated as it must be."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from colonnade.gateway.heart import NO_ROOM, told_by
from colonnade.reliability import supervision
from colonnade.reliability.roster import Roster
from colonnade.reliability.supervision import Component, Supervisor

BEATING = "import time\nfrom colonnade.gateway.heart import Heart\nheart = Heart.found()\nwhile True:\n    heart.beat()\n    time.sleep(0.05)"
PATIENCE_S = 60.0


@pytest.fixture
def component(tmp_path: Path) -> Component:
    heart = tmp_path / "heart"
    return Component(
        "worker", [sys.executable, "-c", BEATING], tmp_path / "log", told_by(heart), heart=heart, hung_s=2.5
    )


def wait(until: Callable[[], bool], meanwhile: Callable[[], None] = lambda: None) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not until():
        meanwhile()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def tended(component: Component, told: list[str]) -> Supervisor:
    supervisor = Supervisor([component], told.append)
    supervisor.start()
    wait(lambda: component.heart is not None and component.heart.exists())
    return supervisor


def test_a_component_that_beats_is_left_alone(component):
    told: list[str] = []
    supervisor = tended(component, told)
    for _ in range(20):
        supervisor.tend()
        time.sleep(0.01)
    supervisor.stop()
    assert (component.starts, told) == (1, [])


def test_a_component_that_hangs_is_ended_and_started_again(component):
    told: list[str] = []
    supervisor = tended(component, told)
    assert component.process is not None
    os.kill(component.process.pid, signal.SIGSTOP)
    wait(lambda: component.starts == 2, supervisor.tend)
    supervisor.stop()
    assert told[0].startswith("worker does not answer")
    assert "was killed by signal 9" in told[1]


def test_a_component_without_memory_ends_by_itself(component):
    supervisor = tended(component, [])
    assert component.process is not None
    process = psutil.Process(component.process.pid)
    process.rlimit(psutil.RLIMIT_AS, (process.memory_info().vms, psutil.RLIM_INFINITY))
    wait(lambda: not component.alive)
    assert component.exit_code == NO_ROOM
    supervisor.stop()
    assert "no memory is to be had" in component.log.read_text()


def test_one_that_never_beat_gets_time_to_begin(component, monkeypatch):
    component.command = [sys.executable, "-c", "import time; time.sleep(60)"]
    supervisor = Supervisor([component])
    supervisor.start()
    supervisor.tend()
    assert component.alive
    monkeypatch.setattr(supervision, "SETTLING_S", 0.0)
    supervisor.tend()
    wait(lambda: not component.alive)
    supervisor.stop()


def test_one_that_keeps_ending_is_given_up_and_a_person_is_told(component, monkeypatch, tmp_path):
    monkeypatch.setattr(supervision, "CRASH_LOOP", 3)
    monkeypatch.setattr(supervision, "FIRST_PAUSE_S", 0.0)
    component.command, component.heart, component.pause_s = (
        [sys.executable, "-c", "raise SystemExit(5)"],
        None,
        0.0,
    )
    told: list[str] = []
    roster = Roster(tmp_path / "components.json")
    supervisor = Supervisor([component], told.append, roster)
    supervisor.start()
    wait(lambda: component.given_up, supervisor.tend)
    starts = component.starts
    for _ in range(5):
        supervisor.tend()
    supervisor.stop()
    assert component.starts == starts == 3
    assert told[-1].startswith("worker failed with exit code 5, 3 times in a row; it is not started again")
    assert roster.read() == []


def test_the_roster_names_processes_while_they_run(component, tmp_path):
    roster = Roster(tmp_path / "components.json")
    supervisor = Supervisor([component], roster=roster)
    supervisor.start()
    [member] = roster.read()
    assert component.process is not None
    assert (member.name, member.pid, member.heart) == ("worker", component.process.pid, str(component.heart))
    assert member.process is not None
    wait(lambda: member.beaten_ago_s() < 5.0)
    supervisor.stop()
    assert roster.read() == []
    assert member.process is None
