"""Every benchmark starts, and measures when it is given little to do."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
ANSWERING = (
    "run",
    "journal",
    "review",
    "gateway_soak",
    "serve",
    "spreading",
    "emulated_tools",
    "limits",
    "caches",
    "faults",
    "loop",
    "wire",
)


def start(name: str, *arguments: str, timeout_s: float = 100.0) -> subprocess.CompletedProcess[str]:
    """Run a benchmark as a person does."""
    command = [sys.executable, str(FOLDER / f"{name}.py"), *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=timeout_s)


@pytest.mark.parametrize("name", ANSWERING)
def test_says_what_it_measures_and_how(name):
    answered = start(name, "--help")
    assert answered.returncode == 0, answered.stderr
    assert "usage:" in answered.stdout


def test_every_file_is_started_by_a_test_or_used_by_one_that_is():
    used = {"bare", "callers", "contenders", "onlooker", "planted", "targets", "upstream"}
    assert {path.stem for path in FOLDER.glob("*.py")} == {*ANSWERING, *used}


def test_a_short_run_measures_the_whole_gateway_next_to_a_bare_server(tmp_path):
    small = ("--requests", "40", "--rounds", "1", "--records", "100")
    ran = start("run", *small, "--results", str(tmp_path))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    [path] = tmp_path.iterdir()
    kept = json.loads(path.read_text(encoding="utf-8"))
    found = {(row["target"], row["kind"]): row for row in kept["requests"]}
    assert len(found) == 4
    assert all(row["cpu_us"] > 0 and row["rps"] > 0 for row in found.values())
    assert all(row["ratio"] > 1 for (target, _), row in found.items() if target == "gateway")
    assert {row["records"] for row in kept["review"]} >= {100}
    assert all(row["thread_us"] > 0 for row in kept["journal"])


@pytest.mark.parametrize(("name", "figure"), [("loop", "loop_us"), ("wire", "front")])
def test_what_a_request_costs_inside_is_measured(name, figure):
    ran = start(name, "--rounds", "1", "--json")
    assert ran.returncode == 0, ran.stderr
    assert figure in ran.stdout


def test_a_short_soak_answers_every_stream():
    ran = start("gateway_soak", "--minutes", "0.02", "--warm-up-s", "1", "--tokens-per-s", "2000")
    assert "0 errors" in ran.stdout, ran.stdout + ran.stderr


def test_a_short_look_at_spreading_tells_every_case():
    ran = start("spreading", "--calls", "200", "--rounds", "2")
    assert ran.returncode == 0, ran.stderr
    assert len(ran.stdout.splitlines()) == 6
    assert "one target, one of several workers" in ran.stdout


@pytest.mark.slow
def test_a_look_at_two_faults_tells_what_a_caller_sees(tmp_path):
    kept = tmp_path / "faults.json"
    ran = start("faults", "--faults", "cut", "empty", "--results", str(kept))
    assert ran.returncode == 0, ran.stderr
    cells = {
        (cell["row"], cell["form"]): cell["told"] for cell in json.loads(kept.read_text("utf-8"))["cells"]
    }
    assert cells["cut", "streamed"] == "error event"
    assert {told for (_, form), told in cells.items() if form == "whole"} == {"502"}


def test_a_review_from_a_ledger_is_measured_with_what_it_rests_on():
    ran = start("review", "--ledger", "500")
    assert ran.returncode == 0, ran.stderr
    assert "observed, verified, judged" in ran.stdout


def test_a_stage_that_does_not_exist_cannot_be_left_out(tmp_path):
    folder = shutil.copytree(FOLDER / "workload", tmp_path / "workload")
    refused = start("serve", "--workload", str(folder), "--port", "0", "--without", "nonsense")
    assert refused.returncode == 2
    assert "no such stage: nonsense" in refused.stderr


HARNESS = """
import os
targets = {}
def add(name, command, headers, about):
    targets[name] = (command, headers)
exec(compile(open(os.environ["BENCH_TARGETS"]).read(), "targets.py", "exec"))
[header] = targets["colonnade"][1]
print(header)
"""


def test_a_harness_gets_targets_with_a_key_of_their_own():
    environment = {"BENCH_TARGETS": str(FOLDER / "targets.py"), "PATH": "/usr/bin:/bin"}
    ran = subprocess.run(
        [sys.executable, "-c", HARNESS],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
    )
    assert ran.stdout.startswith("Authorization: Bearer ck-"), ran.stderr
