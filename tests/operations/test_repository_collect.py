"""What collectors of step 2 read from the workload's folder and its repository."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from observed import SCOPE, view_of
from whole import Whole

from colonnade.operations import repository as collect
from colonnade.operations.evidence import PromptCommit, PromptCommits, PromptLint, Runbooks
from colonnade.workload import load

PIPELINE = ".github/workflows/check.yml"
TODAY = time.strftime("%Y-%m-%d", time.gmtime(SCOPE.window_end))


@pytest.fixture
def whole(tmp_path: Path) -> Whole:
    return Whole.planted(tmp_path / "repository")


def answer_prompt(whole: Whole) -> PromptCommit:
    found = view_of(collect.prompt_commits(load(whole.folder), SCOPE), PromptCommits)
    return next(prompt for prompt in found.prompts if prompt.name == "answer")


def linted(whole: Whole, faults: int = 0) -> PromptLint:
    return view_of(collect.prompt_lint(load(whole.folder), faults, SCOPE), PromptLint)


def books(whole: Whole) -> Runbooks:
    return view_of(collect.runbooks(load(whole.folder), SCOPE), Runbooks)


def test_an_active_prompt_resolves_to_its_commit_and_reviewer(whole):
    found = answer_prompt(whole)
    assert found.version == load(whole.folder).prompts["answer"].version
    assert (len(found.commit), found.author) == (40, "Noor Haddad")
    assert found.reviewers == ["Ada Berg <ada@example.org>"]


def test_a_prompt_that_stands_otherwise_in_the_folder_has_no_commit(whole):
    whole.edit("three sentences", "four", "workload/prompts/answer.md")
    assert answer_prompt(whole).commit == ""


def test_the_newest_commit_is_the_one_that_must_be_reviewed(whole):
    whole.edit("three sentences", "four", "workload/prompts/answer.md")
    whole.commit("Change")
    assert answer_prompt(whole).reviewers == []


def test_only_prompts_that_a_route_uses_are_asked_for(whole):
    whole.edit("    prompt: brief\n", "    prompt: answer\n")
    found = view_of(collect.prompt_commits(load(whole.folder), SCOPE), PromptCommits)
    assert [prompt.name for prompt in found.prompts] == ["answer"]


def test_without_a_repository_prompts_and_pipeline_are_unknown(whole, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    (whole.root / ".git").rename(tmp_path / "elsewhere")
    assert collect.prompt_commits(load(whole.folder), SCOPE) is None
    assert collect.prompt_lint(load(whole.folder), 0, SCOPE) is None


def test_the_pipeline_that_checks_is_named(whole):
    found = linted(whole, faults=2)
    assert (found.runs_check, found.pipeline_files, found.prompts, found.faults) == (True, [PIPELINE], 2, 2)


@pytest.mark.parametrize("step", ["make build", "# colonnade check workload", "colonnade review"])
def test_a_pipeline_that_does_not_check(whole, step):
    (whole.root / PIPELINE).write_text(f"jobs:\n  {step}\n", encoding="utf-8")
    assert not linted(whole).runs_check


@pytest.mark.parametrize("place", [PIPELINE, ".gitlab-ci.yml", ".ci/run", "Jenkinsfile"])
def test_a_pipeline_may_call_make_wherever_it_stands(whole, place):
    (whole.root / PIPELINE).unlink()
    path = whole.root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("make check\n", encoding="utf-8")
    assert not linted(whole).runs_check, "there is no Makefile yet"
    (whole.root / "Makefile").write_text("check:\n\tcolonnade check workload\n", encoding="utf-8")
    assert linted(whole).pipeline_files == [place]


def test_a_makefile_beside_the_repository_counts_for_nothing(whole):
    (whole.root / PIPELINE).unlink()
    (whole.root / ".gitlab-ci.yml").write_text("make check\n", encoding="utf-8")
    (whole.root.parent / "Makefile").write_text("check:\n\tcolonnade check workload\n", encoding="utf-8")
    assert not linted(whole).runs_check


def test_runbooks_tell_trigger_owner_review_and_steps(whole):
    found = books(whole)
    assert found.covers == sorted(collect.COMMON_FAILURES)
    assert [book.name for book in found.runbooks] == sorted(collect.COMMON_FAILURES)
    assert {(book.owner, book.steps, book.overdue) for book in found.runbooks} == {("Noor Haddad", 2, False)}


@pytest.mark.parametrize(
    ("day", "overdue"), [("2099-01-01", False), (TODAY, False), ("2020-01-01", True), ("soon", True)]
)
def test_a_runbook_is_overdue_after_its_day_or_without_one(whole, day, overdue, monkeypatch):
    monkeypatch.setitem(os.environ, "TZ", "UTC")
    whole.edit("2099-01-01", day, "workload/runbooks/endpoint-failure.md")
    states = {book.name: book.overdue for book in books(whole).runbooks}
    assert states["endpoint-failure"] is overdue


@pytest.mark.parametrize(
    "text", ["no front matter", "---\n: [\n---\n", "---\njust words\n---\n", "---\nopen"]
)
def test_a_runbook_that_cannot_be_read_is_empty_and_not_absent(whole, text):
    path = whole.folder / "runbooks" / "endpoint-failure.md"
    path.write_text(text, encoding="utf-8")
    found = books(whole)
    empty = next(book for book in found.runbooks if book.name == "endpoint-failure")
    assert (empty.trigger, empty.owner, empty.steps, empty.overdue) == ("", "", 0, True)
    assert "endpoint-failure" not in found.covers
    assert len(found.runbooks) == 3
