"""`check`, `schema` and `init` as a person and a pipeline meet them."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MINIMAL = Path(__file__).parents[1] / "fixtures" / "workloads" / "minimal"


def colonnade(*arguments, **options):
    command = [sys.executable, "-c", "from colonnade.cli import main; main()", *map(str, arguments)]
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **options)


@pytest.fixture
def faulty(tmp_path):
    folder = tmp_path / "workload"
    shutil.copytree(MINIMAL, folder)
    path = folder / "workload.yaml"
    path.write_text(
        path.read_text().replace("prompt: answer", "promt: answer").replace("floor: 0.3", "floor: 3")
    )
    return folder


def test_a_sound_workload_is_named_with_its_digest_and_counts():
    done = colonnade("check", "--workload", MINIMAL)
    assert done.returncode == 0
    assert done.stdout.startswith("minimal is without faults: 2 routes, 1 model, 1 upstream, 1 prompt,")
    assert "(sha256:" in done.stdout


def test_every_fault_is_printed_and_the_exit_code_is_two(faulty):
    done = colonnade("check", "--workload", faulty)
    assert done.returncode == 2
    assert (
        "workload.yaml:70:5: routes.answer.promt: is not a known field\n    did you mean `prompt`?"
        in done.stderr
    )
    assert "quality.floor: must be at most 1 (here: 3)" in done.stderr
    assert done.stderr.endswith("2 faults in the workload folder\n")
    assert "Traceback" not in done.stderr


def test_faults_as_json(faulty):
    done = colonnade("check", "--workload", faulty, "--json")
    assert done.returncode == 2
    report = json.loads(done.stdout)
    assert report["ok"] is False
    assert report["faults"][0]["line"] == 70


def test_a_sound_workload_as_json():
    report = json.loads(colonnade("check", "--workload", MINIMAL, "--json").stdout)
    assert report["ok"] is True
    assert report["counts"]["route"] == 2
    assert report["prompts"]["answer"].startswith("sha256:")


def test_a_folder_that_is_none(tmp_path):
    done = colonnade("check", "--workload", tmp_path / "nowhere")
    assert done.returncode == 2
    assert "workload.yaml: does not exist" in done.stderr


def test_the_schema_is_json():
    assert json.loads(colonnade("schema").stdout)["$id"] == "urn:colonnade:workload:1"
    assert colonnade("schema", "--markdown").stdout.startswith("# The workload file\n")


@pytest.mark.parametrize("template", ["support-assistant", "extraction", "writing", "code"])
def test_a_scaffolded_folder_passes_check(tmp_path, template):
    folder = tmp_path / "mine"
    assert colonnade("init", folder, "--template", template).returncode == 0
    assert colonnade("check", "--workload", folder).stdout.startswith("mine is without faults")
    again = colonnade("init", folder, "--template", template)
    assert again.returncode == 1
    assert "already holds" in again.stderr


def test_without_a_template_and_without_a_terminal_init_says_what_to_name(tmp_path):
    done = colonnade("init", tmp_path / "mine")
    assert done.returncode == 2
    assert "--template (support-assistant, extraction, writing, code)" in done.stderr
    assert not (tmp_path / "mine").exists()


def test_at_a_terminal_init_asks(tmp_path):
    person, terminal = pty.openpty()
    os.write(person, b"extraction\n")
    try:
        done = colonnade("init", tmp_path / "mine", stdin=terminal)
    finally:
        os.close(terminal)
        os.close(person)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "mine" / "prompts" / "extract.md").is_file()
