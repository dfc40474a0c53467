"""`colonnade evidence` tells what was taken and what was not, and says it by its exit code, too."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from colonnade.cli.evidence import command
from colonnade.cli.review import command as review
from colonnade.review.adapters.known import ADAPTERS
from colonnade.review.adapters.listing import BEGIN, END, kinds_page

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "review" / "adapters" / "golden"
MANIFESTS = str(GOLDEN / "kubernetes" / "manifests.yaml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "tests" / "fixtures" / "workloads" / "imported", tmp_path / "workload")
    return tmp_path / "workload"


def _run(*arguments: str, on=command):
    return CliRunner().invoke(on, list(arguments))


def test_a_folder_with_a_workload_file_alone_is_reviewed_on_what_was_imported(folder):
    assert sorted(path.name for path in folder.iterdir()) == ["workload.yaml"]
    done = _run("import", "kubernetes", MANIFESTS, "--workload", str(folder))
    assert done.exit_code == 0, done.output
    assert "iac.infrastructure" in done.output
    told = _run("--workload", str(folder), "--json", on=review)
    assert told.exit_code == 0, told.output
    rows = {row["id"]: row for row in json.loads(told.stdout)["rows"]}
    states = {each["number"]: each for each in rows["REL-03"]["signals"]}
    assert states[2]["state"] == "pass"
    assert "kubernetes manifests" in states[2]["reason"]
    [evidence] = states[2]["evidence"]
    assert evidence["collector"] == "import.kubernetes@1"


def test_what_is_missing_is_asked_for_by_an_import(folder):
    told = json.loads(_run("--workload", str(folder), "--json", on=review).stdout)
    rows = {row["id"]: row for row in told["rows"]}
    [signal] = [each for each in rows["SEC-01"]["signals"] if each["number"] == 1]
    assert signal["state"] == "unknown"
    assert "colonnade evidence import" in signal["remedy"]


def test_json_tells_all(folder):
    done = _run("import", "kubernetes", MANIFESTS, "--workload", str(folder), "--json")
    told = json.loads(done.stdout)
    assert told["taken"] is True
    assert told["records"][0]["topic"] == "iac.infrastructure"
    listed = json.loads(_run("list", "--workload", str(folder), "--json").stdout)
    assert [each["after"] for each in listed] == [told["digest"]]


def test_everything_rejected_is_exit_code_1(folder, tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text('"[bold]words[/bold]": 1', encoding="utf-8")
    done = _run("import", "kubernetes", str(bad), "--workload", str(folder))
    assert done.exit_code == 1
    assert "rejected: bad.yaml, document 1: is no object of Kubernetes" in done.output


def test_many_rejects_are_counted(folder, tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text("---\na: 1\n" * 30, encoding="utf-8")
    done = _run("import", "kubernetes", str(bad), "--workload", str(folder))
    assert "and 10 more rejected" in done.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", "papyrus", MANIFESTS),
        ("import", "kubernetes", "nowhere.yaml"),
        ("import", "kubernetes", "http://198.51.100.7/"),
        ("import", "kubernetes", MANIFESTS, "--key-from", "NO_SUCH_VARIABLE"),
        ("import", "kubernetes"),
    ],
)
def test_a_wrong_use_is_exit_code_2(folder, arguments, monkeypatch):
    from colonnade.cli import main

    monkeypatch.setattr("sys.argv", ["colonnade", "evidence", *arguments, "--workload", str(folder)])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2


def test_an_empty_list_says_what_to_do(folder):
    assert "colonnade evidence import" in _run("list", "--workload", str(folder)).output


def test_kinds_are_listed_in_order_and_once():
    told = json.loads(_run("kinds", "--json").stdout)
    assert [each["kind"] for each in told] == sorted(each.kind for each in ADAPTERS)
    assert len({each["kind"] for each in told}) == len(told)
    assert "kubernetes" in _run("kinds").output


def test_the_table_of_the_documentation_is_what_the_code_says():
    page = (ROOT / "docs" / "howto" / "bring-your-own-evidence.md").read_text(encoding="utf-8")
    written = page[page.index(BEGIN) : page.index(END) + len(END)] + "\n"
    assert written == kinds_page(ADAPTERS), "renew it: `colonnade evidence kinds --markdown`"
    assert _run("kinds", "--markdown").stdout == written
