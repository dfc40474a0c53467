"""`colonnade drill` names what there is, runs it, and ends with a code that scripts can use."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from whole import Served, Whole

from colonnade.cli.drill import command


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(Whole.planted(tmp_path_factory.mktemp("whole") / "repository")) as gateway:
        yield gateway


def colonnade(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(command, [*arguments, "--workload", str(folder)])


def test_the_list_names_drills_and_practices(served):
    told = colonnade(served.whole.folder, "list")
    assert told.exit_code == 0
    assert "access" in told.output
    assert "SEC-02, SEC-06" in told.output
    rows = json.loads(colonnade(served.whole.folder, "list", "--json").output)
    assert {"access", "transport", "canary-request", "cache-replay", "disclosure", "reconstruct"} <= {
        row["name"] for row in rows
    }


def test_a_drill_that_does_not_exist_is_a_mistake_of_usage(served):
    program = str(Path(sys.executable).parent / "colonnade")
    place = ["--workload", str(served.whole.folder)]
    command_line = [program, "drill", "run", "nonsense", *place]
    done = subprocess.run(command_line, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no drill `nonsense`; there are: access" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_drill_leaves_a_record_that_is_named(served):
    told = colonnade(served.whole.folder, "run", "canary-request", "--port", str(served.port))
    assert told.exit_code == 0, told.output
    assert "canary-request  passed  recorded sha256:" in told.output
    with served.whole.ledger() as ledger:
        assert ledger.newest("drill.canary-request", "rehearsal") is not None


def test_as_json_with_its_facts(served):
    told = colonnade(served.whole.folder, "run", "canary-request", "--port", str(served.port), "--json")
    [row] = json.loads(told.output)
    assert row["drill"] == "canary-request"
    assert row["record"]["facts"]["complete"] is True
    assert row["problem"] == ""


def test_where_nothing_listens_it_says_so_and_ends_with_1(served):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        told = colonnade(served.whole.folder, "run", "canary-request", "--port", str(taken.getsockname()[1]))
    assert told.exit_code == 1
    assert "not carried out: nothing answers" in told.output
