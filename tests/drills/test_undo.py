"""What a drill did is taken back by whoever comes next, if the drill was killed; and two never hold one group."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from colonnade.drills.experiment import Undo
from colonnade.drills.group import GroupBusy, held, restore
from colonnade.drills.undo import KINDS
from colonnade.errors import SetupError

KILLED = """
import os, signal, sys
from pathlib import Path
from colonnade.drills.experiment import Undo
from colonnade.drills.group import held
from colonnade.drills.undo import KINDS
folder, fault = Path(sys.argv[1]), Path(sys.argv[2])
with held(folder, "serving", KINDS) as journal:
    journal.note("dark", Undo("remove-file", {"path": str(fault)}))
    fault.write_text("armed")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def fault(tmp_path: Path) -> Path:
    return tmp_path / "fault"


def kill_in_the_middle(folder: Path, fault: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder), str(fault)], check=False)
    assert done.returncode == -9
    assert fault.exists()


def test_the_next_drill_of_the_group_takes_back_what_a_killed_one_left(tmp_path, fault):
    kill_in_the_middle(tmp_path, fault)
    with held(tmp_path, "serving", KINDS) as journal:
        assert not fault.exists()
        assert journal.open() == []


def test_so_does_a_start_of_the_workload(tmp_path, fault):
    kill_in_the_middle(tmp_path, fault)
    [taken] = restore(tmp_path, KINDS)
    assert (taken.experiment, taken.kind) == ("dark", "remove-file")
    assert not fault.exists()
    assert restore(tmp_path, KINDS) == []


def test_a_start_leaves_a_drill_alone_that_is_under_way(tmp_path, fault):
    with held(tmp_path, "serving", KINDS) as journal:
        journal.note("dark", Undo("remove-file", {"path": str(fault)}))
        fault.write_text("armed")
        assert restore(tmp_path, KINDS) == []
        assert fault.exists()


def test_one_at_a_time_in_a_group(tmp_path):
    with held(tmp_path, "serving", KINDS):
        with pytest.raises(GroupBusy, match="`serving` is under way"), held(tmp_path, "serving", KINDS):
            pass
        with held(tmp_path, "recovery", KINDS) as other:
            assert other.open() == []


def test_newest_first(tmp_path):
    order: list[str] = []
    kinds = {"say": lambda facts: order.append(facts["what"])}
    with held(tmp_path, "serving", kinds) as journal:
        journal.note("x", Undo("say", {"what": "first"}))
        journal.note("x", Undo("say", {"what": "second"}))
        journal.replay()
    assert order == ["second", "first"]


def test_what_nobody_can_take_back_is_not_begun(tmp_path):
    with (
        held(tmp_path, "serving", KINDS) as journal,
        pytest.raises(SetupError, match="take back `explode`"),
    ):
        journal.note("x", Undo("explode"))


def test_what_cannot_be_taken_back_stays_written_down(tmp_path):
    def stuck(_: object) -> None:
        raise OSError("device busy")

    with held(tmp_path, "serving", {"unmount": stuck}) as journal:
        entry = journal.note("x", Undo("unmount"))
        with pytest.raises(SetupError, match="cannot be taken back: device busy"):
            journal.take_back(entry)
        assert journal.open() == [entry]


def test_a_damaged_journal_is_named(tmp_path):
    (tmp_path / "serving.undo.json").write_text("{")
    with pytest.raises(SetupError, match=r"serving.undo.json is damaged"), held(tmp_path, "serving", KINDS):
        pass


@pytest.fixture
def sleeper():
    process = psutil.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process
    with suppress(psutil.NoSuchProcess):
        process.kill()
        process.wait()


def stop(process: psutil.Process) -> None:
    process.suspend()
    while process.status() != psutil.STATUS_STOPPED:
        time.sleep(0.01)


def facts_of(process: psutil.Process) -> dict[str, float]:
    return {"pid": process.pid, "created": process.create_time()}


def test_a_stopped_process_goes_on(sleeper):
    stop(sleeper)
    KINDS["go-on"](facts_of(sleeper))
    deadline = time.monotonic() + 20
    while sleeper.status() == psutil.STATUS_STOPPED:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_limit_is_lifted(sleeper):
    soft, hard = sleeper.rlimit(psutil.RLIMIT_AS)
    sleeper.rlimit(psutil.RLIMIT_AS, (1 << 30, hard))
    KINDS["lift-limit"]({**facts_of(sleeper), "soft": soft, "hard": hard})
    assert sleeper.rlimit(psutil.RLIMIT_AS) == (soft, hard)


@pytest.mark.parametrize("kind", ["go-on", "lift-limit"])
def test_another_process_with_the_same_number_is_left_alone(sleeper, kind):
    stop(sleeper)
    facts = {**facts_of(sleeper), "created": sleeper.create_time() - 100.0, "soft": 1 << 30, "hard": -1}
    KINDS[kind](facts)
    assert sleeper.status() == psutil.STATUS_STOPPED
    assert sleeper.rlimit(psutil.RLIMIT_AS)[0] != 1 << 30


def test_what_is_gone_needs_no_undo(sleeper, fault):
    facts = {**facts_of(sleeper), "soft": -1, "hard": -1, "path": str(fault)}
    sleeper.kill()
    sleeper.wait()
    for kind in ("go-on", "lift-limit", "remove-file"):
        KINDS[kind](facts)
    assert not fault.exists()
