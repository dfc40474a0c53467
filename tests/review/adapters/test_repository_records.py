"""A git repository is read as it is committed: decisions, pipelines, tags, prompts and runbooks, and who signed them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from exported import NOW, SCOPE, reasons, view_of

from colonnade.evidence.imported import decided
from colonnade.evidence.imported.pipelines import Pipelines, Tags
from colonnade.evidence.imported.procedures import PromptCommits, Runbooks
from colonnade.evidence.imported.reasons import BindingReasons
from colonnade.evidence.repository import Repository
from colonnade.review.adapters.adapter import Reading
from colonnade.review.adapters.material import Material
from colonnade.review.adapters.repository.own import own_records
from colonnade.review.adapters.repository.reading import GIT
from colonnade.workload import load

WORKLOAD = Path(__file__).parents[2] / "fixtures" / "workloads" / "brought"
PROMPT = """---
purpose: Answers a question
owner: Ada
token_budget: 500
variables: [{name: question, max_chars: 900}]
---
Answer: {{question}}
"""
needs_ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="commits cannot be signed here")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    place = tmp_path / "repository"
    shutil.copytree(WORKLOAD, place)
    for folder, name, text in (
        ("prompts", "answer.md", PROMPT),
        ("runbooks", "endpoint-failure.md", "---\ncovers: endpoint-failure\ntrigger: t\nowner: Ada\nreview_by: 2099-01-01\nsteps: [a]\n---\n"),
    ):  # fmt: skip
        (place / "workload" / folder).mkdir()
        (place / "workload" / folder / name).write_text(text, encoding="utf-8")
    git(place, "init", "-q", "-b", "main")
    commit(place)
    return place


def git(place: Path, *arguments: str, name: str = "Ada Berg") -> str:
    who = ["-c", f"user.name={name}", "-c", f"user.email={name.split(maxsplit=1)[0].lower()}@example.org"]
    done = subprocess.run(
        ["git", "-C", str(place), *who, *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(place: Path, *trailers: str, name: str = "Ada Berg") -> None:
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", "Change\n\n" + "\n".join(trailers), name=name)


def read(place: Path) -> Reading:
    reading = GIT.read([Material(place.name, b"", place)], SCOPE)
    assert all(record.collector == "import.git@1" for record in reading.records)
    return reading


def test_decisions_stand_with_their_commit(root):
    [choice] = view_of(read(root / "workload"), decided.Choices).of("adaptation")
    assert choice.standing.commit == git(root, "rev-parse", "HEAD")
    assert (choice.standing.author, choice.standing.overdue) == ("Ada Berg", False)
    assert [option.name for option in choice.options] == ["stock", "adapted", "custom"]
    assert choice.trigger


def test_a_decision_that_was_altered_since_has_no_commit(root):
    path = root / "workload" / "decisions" / "adaptation.md"
    path.write_text(path.read_text(encoding="utf-8") + "\nMore.\n", encoding="utf-8")
    [choice] = view_of(read(root / "workload"), decided.Choices).of("adaptation")
    assert choice.standing.commit == ""


def test_a_decision_that_is_no_longer_in_force_does_not_count(root):
    path = root / "workload" / "decisions" / "adaptation.md"
    text = path.read_text(encoding="utf-8").replace(
        "kind: adaptation", "kind: adaptation\nstatus: superseded"
    )
    path.write_text(text, encoding="utf-8")
    assert view_of(read(root / "workload"), decided.Choices).of("adaptation") == []


def test_a_faulty_decision_is_rejected_and_the_others_are_read(root):
    path = root / "workload" / "decisions" / "board.md"
    path.write_text("---\nkind: boards\n---\n", encoding="utf-8")
    reading = read(root / "workload")
    assert "decisions/board.md:2: kind is no kind of decision record" in reasons(reading)
    assert view_of(reading, decided.DisasterPlans).plans != []


def test_days_are_counted_to_the_review_and_actions_judged_by_their_day(root):
    [incident] = view_of(read(root / "workload"), decided.Incidents).incidents
    assert (incident.days, incident.reviewed, incident.complete) == (8, True, True)
    assert [action.late for action in incident.actions] == [False]


def test_links_to_evaluations_are_live_as_they_are_committed_and_others_are_not_known(root):
    path = root / "workload" / "decisions" / "principles.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('jsonl"]', 'jsonl", "policy:disclose", "drill:kill"]'), encoding="utf-8")
    commit(root)
    [principle] = view_of(read(root / "workload"), decided.PrincipleRegister).principles
    assert [link.live for link in principle.links] == [True, None, None]


def test_reviewers_and_who_merged(root):
    git(root, "checkout", "-q", "-b", "side")
    path = root / "workload" / "decisions" / "board.md"
    path.write_text(path.read_text(encoding="utf-8") + "\nMore.\n", encoding="utf-8")
    commit(root, "Reviewed-by: Ivo Lang <ivo@example.org>")
    git(root, "checkout", "-q", "main")
    git(root, "merge", "-q", "--no-ff", "-m", "Merge", "side", name="Noor Haddad")
    commit_of_board = git(root, "log", "-1", "--format=%H", "--", "workload/decisions/board.md")
    repository = Repository.around(root)
    assert repository is not None
    assert repository.merged_by(commit_of_board) == "Noor Haddad"
    assert repository.merged_by(git(root, "rev-parse", "HEAD~1")) == ""
    [found] = repository.commits(path)[:1]
    assert found.reviewers == ("Ivo Lang <ivo@example.org>",)


def test_pipelines_and_tags(root):
    git(root, "tag", "v1")
    git(root, "tag", "-a", "-m", "second", "v2")
    reading = read(root / "workload")
    tags = view_of(reading, Tags)
    assert {(tag.name, tag.commit, tag.signed) for tag in tags.tags} == {
        ("v1", tags.head, False),
        ("v2", tags.head, False),
    }
    pipelines = view_of(reading, Pipelines)
    assert pipelines.files == [".github/workflows/ship.yml", ".github/workflows/undo.yml"]
    assert [job.name for job in pipelines.jobs] == [
        "ship.yml/test",
        "ship.yml/gate",
        "ship.yml/deploy",
        "undo.yml/back",
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [("a: [", "is not plain YAML"), ("- a\n", "is no mapping"), ("\n".join(f"j{n}: {{}}" for n in range(501)), "more than 500 jobs")],
)  # fmt: skip
def test_definitions_that_are_not_read_are_told(root, text, reason):
    (root / ".github" / "workflows" / "bad.yml").write_text(text, encoding="utf-8")
    commit(root)
    assert reason in view_of(read(root / "workload"), Pipelines).unread[0]


def test_a_definition_that_is_not_committed_is_told(root):
    (root / ".gitlab-ci.yml").write_text("one: {script: [pytest]}\n", encoding="utf-8")
    assert view_of(read(root / "workload"), Pipelines).unread == [
        ".gitlab-ci.yml: not committed as it stands"
    ]


def test_prompts_and_runbooks(root):
    reading = read(root / "workload")
    [prompt] = view_of(reading, PromptCommits).prompts
    assert (prompt.name, prompt.author) == ("answer", "Ada Berg")
    found = view_of(reading, Runbooks)
    assert (found.covers, [book.overdue for book in found.runbooks]) == (["endpoint-failure"], [False])


@pytest.mark.parametrize("kind", ["plain folder", "without a commit"])
def test_what_is_no_repository_is_rejected(tmp_path, monkeypatch, kind):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    place = tmp_path / "place"
    place.mkdir()
    if kind == "without a commit":
        subprocess.run(["git", "init", "-q", str(place)], check=True)
    reading = GIT.read([Material("place", b"", place)], SCOPE)
    assert reading.records == []
    assert "repository" in reasons(reading)


def test_a_repository_runs_nothing_of_its_own(root, tmp_path):
    """Its configuration names programs that git would start: monitors, filters, hooks, signature checkers."""
    trap = tmp_path / "sprung"
    program = tmp_path / "program.sh"
    program.write_text(f"#!/bin/sh\ntouch {trap}\n", encoding="utf-8")
    program.chmod(0o755)
    (root / ".gitattributes").write_text("*.md filter=trap diff=trap\n", encoding="utf-8")
    commit(root)
    for name in ("core.fsmonitor", "filter.trap.clean", "filter.trap.smudge", "diff.trap.textconv", "diff.external",
                 "gpg.program", "gpg.ssh.program", "core.pager", "core.editor"):  # fmt: skip
        git(root, "config", name, str(program))
    path = root / "workload" / "decisions" / "board.md"
    os.utime(path)
    assert view_of(read(root / "workload"), decided.BoardConditions).decisions == 1
    assert not trap.exists()


@pytest.fixture
def signing(root: Path) -> Path:
    key = root.parent / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    public = key.with_suffix(".pub").read_text(encoding="utf-8")
    (root / "workload" / "allowed_signers").write_text(f"ada@example.org {public}", encoding="utf-8")
    for name, value in (("gpg.format", "ssh"), ("user.signingkey", str(key))):
        git(root, "config", name, value)
    return root


def signers(root: Path) -> list[str]:
    workload = load(root / "workload")
    records = own_records(workload, SCOPE, lambda _: None)
    return [each.signer for each in view_of(Reading(records), BindingReasons).bindings]


def told(root: Path, old: str, new: str) -> None:
    path = root / "workload" / "workload.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@needs_ssh
def test_a_reason_is_signed_when_every_line_of_its_binding_is(signing):
    commit(signing)
    assert signers(signing) == [""], "the binding was committed before, unsigned"
    for old, new in (
        ("answers\n", "answers-2\n"),
        ("cdcdcd", "cdcdcd"),
        ("the smallest", "the best"),
        ("abab", "cdcd"),
    ):
        if old != new and old in (signing / "workload" / "workload.yaml").read_text(encoding="utf-8"):
            told(signing, old, new)
    told(signing, "upstream: cluster", "upstream:  cluster")
    git(signing, "add", "-A")
    git(signing, "commit", "-q", "-S", "-m", "Bind another")
    assert signers(signing) == ["ada@example.org"]
    told(signing, "answers-2", "answers-3")
    commit(signing)
    assert signers(signing) == [""], "another model stands beside the old reason"


@needs_ssh
def test_a_key_that_is_not_committed_is_nobodys(signing):
    (signing / "README").write_text("x", encoding="utf-8")
    git(signing, "add", "README")
    git(signing, "commit", "-q", "-S", "-m", "Signed")
    git(signing, "tag", "-s", "-m", "one", "v1")
    repository = Repository.around(signing)
    assert repository is not None
    assert repository.signers is None
    assert repository.commits(signing / "README")[0].signer == ""
    commit(signing)
    known = Repository.around(signing / "workload")
    assert known is not None
    assert known.commits(signing / "README")[0].signer == "ada@example.org"
    assert [tag.signed for tag in known.tags()] == [True]


def test_the_workloads_own_repository_is_read_without_an_import(root):
    live: dict[str, Any] = {"policy:disclose": True}
    records = own_records(load(root / "workload"), SCOPE, live.get)
    assert {record.collector for record in records} == {
        "repository.decisions@1", "repository.pipelines@1", "repository.reasons@1"
    }  # fmt: skip
    assert all(record.window_end == NOW for record in records)


def test_without_a_repository_there_is_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    place = tmp_path / "folder"
    shutil.copytree(WORKLOAD / "workload", place)
    assert own_records(load(place), SCOPE, lambda _: None) == []
