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


def test_a_failed_drill_was_carried_out_and_a_gate_stops_at_it(served):
    place = ["--port", str(served.port)]
    told = colonnade(served.whole.folder, "run", "transport", *place)
    assert told.exit_code == 0, told.output
    assert "failed  recorded sha256:" in told.output
    assert "an incident is open" in told.output
    assert colonnade(served.whole.folder, "run", "transport", "--gate", *place).exit_code == 1
    with served.whole.ledger() as ledger:
        first, again = ledger.changes("incident", "transport")
    assert (first.before, again.before) == ("", "open")
    assert first.details["due"] == again.details["due"]


def test_what_was_never_run_is_due_now_and_what_was_run_is_not(served):
    colonnade(served.whole.folder, "run", "canary-request", "--port", str(served.port))
    rows = json.loads(colonnade(served.whole.folder, "due", "--days", "0.5", "--json").output)
    drills = {row["drill"]: row for row in rows}
    assert "load" in drills
    assert drills["load"]["practices"] == ["REL-06"]
    assert "canary-request" not in drills, drills["canary-request"]


def test_a_fault_is_armed_and_disarmed_by_hand(served):
    folder, file = served.whole.folder, served.whole.folder / ".colonnade" / "run" / "faults.json"
    armed = colonnade(folder, "arm", "http_503", "--upstream", "simulated", "--seconds", "20")
    assert armed.exit_code == 0, armed.output
    assert armed.output == "armed for 20 s: http_503 at simulated\n"
    assert file.exists()
    assert colonnade(folder, "disarm").output == "disarmed\n"
    assert not file.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["http_503", "--upstream", "nobody"], "there is no upstream `nobody`; there are: simulated"),
        (
            ["earthquake", "--upstream", "simulated"],
            "there is no fault `earthquake`; there are: closed, nowhere",
        ),
        (["http_503", "--upstream", "simulated", "--seconds", "900"], "the owner allows 100%"),
    ],
)
def test_what_cannot_be_armed_is_said(served, words, said):
    told = colonnade(served.whole.folder, "arm", *words)
    assert told.exit_code != 0
    assert said in str(told.exception)


def test_drills_are_exported_for_other_programs(served):
    folder = served.whole.folder
    documents = json.loads(colonnade(folder, "export", "failover", "--chaostoolkit").output)
    assert [document["title"] for document in documents] == ["upstream simulated lost"]
    assert "class Caller(HttpUser)" in colonnade(folder, "export", "load", "--locust").output
    nothing = colonnade(folder, "export", "access", "--chaostoolkit")
    assert "nothing to inject" in str(nothing.exception)


def test_where_nothing_was_left_behind_nothing_is_taken_back(served):
    told = colonnade(served.whole.folder, "restore")
    assert (told.exit_code, told.output) == (0, "0 left behind\n")


def test_without_a_name_or_a_file_it_asks_for_one(served):
    told = colonnade(served.whole.folder, "run")
    assert told.exit_code == 2
    assert "name drills, or `all`, or give --file" in told.output


def test_an_experiment_from_a_file_runs_on_the_same_life(served, tmp_path):
    document = {
        "title": "nothing", "description": "nothing happens",
        "steady-state-hypothesis": {
            "title": "t",
            "probes": [
                {"type": "probe", "name": "p", "tolerance": 0, "provider": {"type": "process", "path": "true"}}
            ],
        },
        "method": [{"type": "action", "name": "a", "provider": {"type": "process", "path": "true"}}],
    }  # fmt: skip
    file = tmp_path / "nothing.json"
    file.write_text(json.dumps(document))
    told = colonnade(served.whole.folder, "run", "--file", str(file), "--port", str(served.port), "--json")
    assert told.exit_code == 1
    [row] = json.loads(told.output)
    assert (row["drill"], row["verdict"]) == ("nothing", "void")
