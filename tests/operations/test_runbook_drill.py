"""Procedures are run command by command, in the workload's folder, to their end or to the first that fails."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from observed import SCOPE, view_of

from colonnade.operations import runbook_drill
from colonnade.operations.evidence import RunbookDrill, RunbookRun
from colonnade.operations.runbook_drill import Procedure, runbooks


async def run(folder: Path, *commands: str) -> RunbookRun:
    record = await runbooks([Procedure("book", commands)], folder, 8123, SCOPE)
    [found] = view_of(record, RunbookDrill).runs
    return found


async def test_every_command_is_run_where_the_workload_is(tmp_path):
    python = f"{sys.executable} -c"
    says = "import os, pathlib; pathlib.Path('said').write_text(os.environ['WORKLOAD'] + ' ' + os.environ['PORT'])"
    found = await run(tmp_path, f'{python} "{says}"', "test -e said")
    assert (found.commands, found.done, found.failed) == (2, 2, "")
    assert (tmp_path / "said").read_text() == f"{tmp_path.resolve()} 8123"
    assert found.seconds > 0.0


async def test_it_stops_at_the_first_that_fails(tmp_path):
    found = await run(tmp_path, "true", "test -e nothing", "touch reached")
    assert (found.done, found.failed) == (1, "test -e nothing: exit code 1")
    assert not (tmp_path / "reached").exists()


async def test_no_shell_reads_what_is_written(tmp_path):
    found = await run(tmp_path, "echo x > there; touch here")
    assert found.done == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "why"), [("colonnade-nothing", "FileNotFoundError"), ('echo "open', "ValueError")]
)
async def test_what_cannot_be_run_has_failed(tmp_path, command, why):
    assert (await run(tmp_path, command)).failed == f"{command}: {why}"


async def test_what_does_not_end_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(runbook_drill, "LONGEST_S", 0.2)
    assert (await run(tmp_path, "sleep 60")).failed == "sleep 60: no end after 0.2 s"


async def test_a_runbook_without_commands_cannot_be_executed(tmp_path):
    assert (await run(tmp_path)).failed == "it binds no command"
