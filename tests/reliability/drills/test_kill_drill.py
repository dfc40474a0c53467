"""Components of a real `colonnade up` are killed, stopped and starved; and runners that are killed leave nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec
import psutil
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "fixtures"))

from whole import Quiet, Served, Whole

from colonnade.assembly.drills.running import carried_out, drills_of
from colonnade.assembly.starting import Addresses, Started, start, tended
from colonnade.drills.course import DrillRun
from colonnade.drills.drill import choose
from colonnade.reliability.drills import kill
from colonnade.reliability.drills.kill import HOWS, Taken
from colonnade.reliability.evidence import KillDrill
from colonnade.reliability.roster import Roster

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
COLONNADE = str(Path(sys.executable).parent / "colonnade")
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    whole = Whole.planted(tmp_path_factory.mktemp("up") / "repository", "spread.yaml")
    with up(whole) as started:
        yield started


@contextmanager
def up(whole: Whole) -> Iterator[Started]:
    started = start([whole.folder], Addresses("127.0.0.1", free_port(), free_port()), Quiet())
    try:
        with tended(started):
            yield started
    finally:
        started.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def whole_of(started: Started) -> Whole:
    return Whole(started.workload.folder.parent)


def drill(started: Started, name: str, *only: str) -> DrillRun:
    async def run() -> DrillRun:
        with whole_of(started).range(started.addresses.port, frozenset(only)) as place:
            [found] = choose(drills_of(place), [name])
            outcome = await carried_out(found, place)
            assert outcome.run is not None, outcome.problem
            return outcome.run

    return asyncio.run(run())


def roster_of(started: Started) -> Roster:
    return Roster(started.workload.state / "run" / "components.json")


def test_every_component_comes_back_in_every_way_and_nothing_is_lost(running):
    names = [member.name for member in roster_of(running).read()]
    run = drill(running, "kill")
    assert run.verdict == "passed", run.reason
    assert len(names) >= 3
    with whole_of(running).ledger() as ledger:
        record = ledger.newest("drill.kill", "rehearsal")
    assert record is not None
    outcomes = msgspec.convert(record.facts, KillDrill).outcomes
    assert {(it.component, it.how) for it in outcomes} == {(name, how) for name in names for how in HOWS}
    assert all(it.recovered_s is not None and it.lost == 0 and it.answered > 0 for it in outcomes)


def test_without_anybody_who_starts_it_again_it_failed(tmp_path, monkeypatch):
    monkeypatch.setattr(kill, "OVER_S", 1.0)
    whole = Whole.planted(tmp_path / "repository", "spread.yaml")
    whole.edit("batches: {", "recovery: {auto_s: 2.0}\nbatches: {")
    started = start([whole.folder], Addresses("127.0.0.1", free_port(), free_port()), Quiet())
    try:
        wait(lambda: all(member.beaten_ago_s() < 5.0 for member in roster_of(started).read()))
        run = drill(started, "kill", "kill console")
    finally:
        started.stop()
    assert run.verdict == "failed"
    assert "not steady again" in run.reason


def test_a_kill_that_hits_nobody_is_void(running, monkeypatch):
    async def nothing(_: Taken) -> None: ...

    monkeypatch.setattr(Taken, "_take", nothing)
    monkeypatch.setattr(kill, "WITNESS_S", 1.0)
    run = drill(running, "kill", "kill console", "hang console")
    assert [course.verdict for course in run.courses] == ["void", "void"]


def test_what_was_not_started_by_us_is_left_alone(tmp_path):
    async def run() -> str:
        with whole.range(gateway.port) as place:
            [found] = choose(drills_of(place), ["kill"])
            return (await carried_out(found, place)).problem

    whole = Whole.planted(tmp_path / "repository", "spread.yaml")
    with Served(whole) as gateway:
        assert "for what `colonnade up` started" in asyncio.run(run())


@pytest.mark.parametrize(
    ("name", "only", "armed"),
    [
        ("upstream-fault", "stall at here", "faults"),
        ("failover", "here", "faults"),
        ("kill", "hang keeper of whole", "stopped"),
        ("load", "", "calls"),
    ],
)
def test_a_runner_that_is_killed_in_the_middle_leaves_the_workload_healthy(running, name, only, armed):
    signs: dict[str, Callable[[], bool]] = {
        "faults": (running.workload.state / "run" / "faults.json").exists,
        "stopped": lambda: any(is_stopped(member.pid) for member in roster_of(running).read()),
        "calls": lambda: True,
    }
    command = [COLONNADE, "drill", "run", name, "--workload", str(running.workload.folder)]
    words = [*command, "--port", str(running.addresses.port), *(["--only", only] if only else [])]
    runner = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait(signs[armed])
        time.sleep(1.0)
    finally:
        os.kill(runner.pid, signal.SIGKILL)
        runner.wait()
    restored = subprocess.run([COLONNADE, "drill", "restore", *command[4:]], capture_output=True, check=True)
    assert (b"taken back" in restored.stdout) == (armed != "calls")
    assert not (running.workload.state / "run" / "faults.json").exists()
    wait(
        lambda: all(
            member.process is not None and member.beaten_ago_s() < 3.0 for member in roster_of(running).read()
        )
    )
    wait(lambda: answers(running))


def answers(started: Started) -> bool:
    body = {"model": "answer", "messages": [{"role": "user", "content": f"Is it well at {time.time()}?"}]}
    headers = {"authorization": f"Bearer {started.key}"}
    return (
        httpx.post(f"{started.addresses.base_url}/chat/completions", json=body, headers=headers).status_code
        == 200
    )


def is_stopped(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    except psutil.NoSuchProcess:
        return False


def wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.05)
