"""Every example of the documentation is executed, or says why it is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from examples import ROOT, Example, all_examples, examples_in

from colonnade.errors import FaultyWorkload
from colonnade.registry.folder import load_workload

EXAMPLES = all_examples()
WORKLOAD = Path("examples") / "handbook-assistant"


def _runnable(*languages: str) -> list:
    return [
        pytest.param(each, id=each.place, marks=[pytest.mark.slow] if "slow" in each.mark else [])
        for each in EXAMPLES
        if each.runs and each.language in languages
    ]


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A copy of what examples refer to, so that none of them changes the repository."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns(".colonnade"))
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for tool in ("python", "colonnade"):
        (tmp_path / ".venv" / "bin" / tool).symlink_to(Path(sys.executable).parent / tool)
    return tmp_path


def run(command: list[str], code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        command,
        input=code,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_every_block_is_marked():
    unmarked = [each.place for each in EXAMPLES if not each.mark]
    assert not unmarked, "write `<!-- run -->` or `<!-- not run: reason -->` above: " + ", ".join(unmarked)


def test_some_examples_of_each_kind_run():
    assert {each.language for each in EXAMPLES if each.runs} >= {"bash", "yaml"}


@pytest.mark.parametrize("example", _runnable("bash", "sh", "shell", "console"))
def test_commands_succeed(example: Example, scratch: Path):
    done = run(["bash", "-euo", "pipefail", "-s"], example.code, scratch)
    assert done.returncode == 0, f"{example.place}: {done.stderr or done.stdout}"


@pytest.mark.parametrize("example", _runnable("python"))
def test_programs_succeed(example: Example, scratch: Path):
    done = run([sys.executable, "-"], example.code, scratch)
    assert done.returncode == 0, f"{example.place}: {done.stderr}"


def faults_with(code: str, folder: Path) -> list[str]:
    """Faults of the example's workload after its sections were replaced by those of the block; upstreams are added."""
    file = folder / WORKLOAD / "workload.yaml"
    whole, said = yaml.safe_load(file.read_text(encoding="utf-8")), yaml.safe_load(code)
    whole |= {**said, "upstreams": whole["upstreams"] | said.get("upstreams", {})}
    file.write_text(yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")
    try:
        load_workload(folder / WORKLOAD)
    except FaultyWorkload as error:
        return [str(fault) for fault in error.faults]
    return []


@pytest.mark.parametrize("example", _runnable("yaml"))
def test_workload_sections_are_valid(example: Example, scratch: Path):
    assert faults_with(example.code, scratch) == []


def test_a_wrong_section_is_noticed(scratch: Path):
    faults = faults_with("slo: {latency_p95_ms: fast, availability: 0.99, error_ratio_max: 0.01}\n", scratch)
    assert any("slo.latency_p95_ms" in fault for fault in faults)


def test_a_failing_command_is_noticed(scratch: Path):
    assert run(["bash", "-euo", "pipefail", "-s"], "false\ntrue\n", scratch).returncode != 0


def test_marks_are_read_from_the_line_above():
    page = (
        "<!-- run -->\n```bash\nls\n```\n\n```python\nx = 1\n```\n<!-- not run: big -->\n~~~yaml\na: 1\n~~~\n"
    )
    found = [(each.language, each.mark, each.code) for each in examples_in(page, "page.md")]
    assert found == [
        ("bash", "run", "ls\n"),
        ("python", "", "x = 1\n"),
        ("yaml", "not run: big", "a: 1\n"),
    ]


def test_a_reason_is_needed_for_not_running():
    assert [each.mark for each in examples_in("<!-- not run: -->\n```bash\nls\n```\n", "page.md")] == [""]
