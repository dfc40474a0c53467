"""Definitions of pipelines tell what each job does, waits for, and is started by; names of jobs tell nothing."""

from __future__ import annotations

import time
from typing import Any

import pytest

from colonnade.evidence.imported.pipelines import Job
from colonnade.review.adapters.bounded import yaml_values
from colonnade.review.adapters.repository.changes import Changes, matches
from colonnade.review.adapters.repository.github import workflow_jobs
from colonnade.review.adapters.repository.gitlab import gitlab_jobs
from colonnade.review.adapters.repository.stages import stages_of

CHANGES = Changes.of(["src/app.py", "README.md", "w/workload.yaml", "w/prompts/answer.md"], "w")
ALL = ["code", "models", "prompts"]


def parsed(text: str) -> dict[str, Any]:
    [value] = yaml_values(text.encode())
    return value


def github(**files: str) -> dict[str, Job]:
    jobs = workflow_jobs({f"{name}.yml": parsed(text) for name, text in files.items()}, CHANGES)
    return {job.name: job for job in jobs}


def gitlab(text: str) -> dict[str, Job]:
    return {job.name.partition("/")[2]: job for job in gitlab_jobs(parsed(text), CHANGES)}


@pytest.mark.parametrize(
    ("script", "stages"),
    [
        ("pytest -q", ["test"]),
        ("uv run pytest", ["test"]),
        ("npm test && npm run build", ["test"]),
        ("make test-all", ["test"]),
        ("colonnade review --workload w --gate", ["evaluate"]),
        ("colonnade review", []),
        ("promptfoo eval -c p.yaml", ["evaluate"]),
        ("tofu apply -auto-approve", ["deploy", "apply"]),
        ("helm upgrade --install app .", ["deploy", "apply"]),
        ("kubectl rollout undo deploy/app", ["rollback"]),
        ("./scripts/rollback.sh v1", ["rollback"]),
        ("aws ecs update-service --service app", ["deploy"]),
        ("pytest\ncolonnade eval answers\nkubectl apply -f k8s/", ["test", "evaluate", "deploy", "apply"]),
        ("pytest || true", []),
        ("# pytest", []),
        ("echo pytest", []),
        ("cat pytest.ini", []),
        ("pip install pytest-cov", []),
        ("tofu \\\n  apply", ["deploy", "apply"]),
        ("pytest" + "x" * 5000, []),
    ],
)
def test_what_a_script_does(script, stages):
    assert stages_of([script]) == stages


def test_no_script_takes_long():
    hostile = ["mvn " * 5000, "/" * 100_000, "aws " * 20_000, "a" * 1_000_000, ("x" * 999 + "\n") * 900]
    began = time.monotonic()
    assert stages_of(hostile) == []
    assert time.monotonic() - began < 60


SHIP = """
name: ship
on: {push: {branches: [main]}}
jobs:
  test: {steps: [{run: pytest}]}
  gate: {needs: test, steps: [{run: colonnade review --gate}]}
  deploy: {needs: [gate], environment: production, steps: [{run: ./ship}]}
"""


def test_a_job_comes_after_all_that_it_needs():
    jobs = github(ship=SHIP)
    assert jobs["ship.yml/deploy"].after == ["ship.yml/gate", "ship.yml/test"]
    assert jobs["ship.yml/deploy"].stages == ["deploy"]
    assert jobs["ship.yml/gate"].started_by == ALL


@pytest.mark.parametrize(
    ("on", "started_by"),
    [
        ("push", ALL),
        ("[push, pull_request]", ALL),
        ("{release: {types: [published]}}", ALL),
        ("workflow_dispatch", []),
        ("{schedule: [{cron: '0 0 * * *'}]}", []),
        ("{push: {tags: ['v*']}}", ALL),
        ("{push: {paths: ['src/**']}}", ["code"]),
        ("{push: {paths: ['**', '!w/prompts/**']}}", ["code", "models"]),
        ("{push: {paths-ignore: ['w/**']}}", ["code"]),
        ("{push: {paths: ['src/**']}, pull_request: {paths: ['w/prompts/*']}}", ["code", "prompts"]),
    ],
)
def test_which_changes_start_a_workflow(on, started_by):
    [job] = github(a=f"on: {on}\njobs: {{one: {{steps: [{{run: pytest}}]}}}}").values()
    assert job.started_by == started_by


@pytest.mark.parametrize(
    ("job", "stages", "gates"),
    [
        ("{steps: [{run: pytest, continue-on-error: true}]}", [], True),
        ("{continue-on-error: true, steps: [{run: pytest}]}", ["test"], False),
        ("{steps: [{run: pytest, if: false}]}", [], True),
        ("{environment: {name: production}, steps: [{run: kubectl rollout undo d}]}", ["rollback"], True),
        ("{steps: pytest}", [], True),
        ("{steps: [pytest, {run: [pytest]}]}", [], True),
    ],
)
def test_what_a_job_of_github_does(job, stages, gates):
    [found] = github(a=f"on: push\njobs: {{one: {job}}}").values()
    assert (found.stages, found.gates) == (stages, gates)


def test_a_job_that_never_runs_is_none():
    assert github(a="on: push\njobs: {one: {if: false, steps: [{run: pytest}]}}") == {}


def test_an_environment_that_is_not_production():
    [job] = github(a="on: push\njobs: {one: {environment: staging, steps: []}}").values()
    assert not job.production


def test_a_workflow_that_follows_another_waits_for_its_jobs_if_they_succeeded():
    after = """
on: {workflow_run: {workflows: [ship]}}
jobs:
  sure: {if: "github.event.workflow_run.conclusion == 'success'", steps: [{run: tofu apply}]}
  rash: {steps: [{run: tofu apply}]}
"""
    jobs = github(ship=SHIP, after=after)
    assert "ship.yml/gate" in jobs["after.yml/sure"].after
    assert jobs["after.yml/sure"].started_by == ALL
    assert jobs["after.yml/rash"].after == []


def test_a_workflow_that_is_called_does_what_its_jobs_do():
    called = "on: workflow_call\njobs: {one: {steps: [{run: pytest}]}, two: {steps: [{run: tofu apply}]}}"
    caller = "on: push\njobs: {all: {uses: ./.github/workflows/called.yml}}"
    circle = "on: push\njobs: {one: {uses: ./.github/workflows/circle.yml}}"
    jobs = github(called=called, caller=caller, circle=circle)
    assert jobs["caller.yml/all"].stages == ["test", "deploy", "apply"]
    assert jobs["circle.yml/one"].stages == []


GITLAB = """
stages: [check, ship]
.base: {before_script: [pip install .], script: [pytest]}
test: {stage: check, extends: .base}
gate: {stage: check, script: ["colonnade review --gate"]}
deploy: {stage: ship, environment: production, script: [./ship]}
soon: {stage: ship, needs: [test], environment: {name: review/x}, script: [./ship]}
undo: {stage: ship, when: manual, script: ["helm rollback app"]}
stop: {stage: ship, environment: {name: production, action: stop}, script: [./stop]}
"""


def test_jobs_of_gitlab_come_after_earlier_stages_or_after_what_they_need():
    jobs = gitlab(GITLAB)
    assert jobs["deploy"].after == [".gitlab-ci.yml/gate", ".gitlab-ci.yml/test"]
    assert jobs["soon"].after == [".gitlab-ci.yml/test"]
    assert (jobs["test"].stages, jobs["deploy"].stages, jobs["stop"].stages) == (["test"], ["deploy"], [])
    assert (jobs["undo"].stages, jobs["undo"].gates, jobs["soon"].production) == (["rollback"], False, False)


@pytest.mark.parametrize(
    ("job", "gates", "started_by"),
    [
        ("{script: [pytest]}", True, ALL),
        ("{script: [pytest], allow_failure: true}", False, ALL),
        ("{script: [pytest], when: manual, allow_failure: false}", True, ALL),
        ("{script: [pytest], rules: [{changes: ['src/**/*']}]}", True, ["code"]),
        ("{script: [pytest], rules: [{changes: {paths: ['w/prompts/*']}}]}", True, ["prompts"]),
        ("{script: [pytest], rules: [{when: never}]}", True, []),
        ("{script: [pytest], rules: [{if: $CI_COMMIT_TAG}]}", True, ALL),
    ],
)
def test_what_gates_and_starts_a_job_of_gitlab(job, gates, started_by):
    found = gitlab(f"one: {job}")["one"]
    assert (found.gates, found.started_by) == (gates, started_by)


def test_templates_that_extend_each_other_end():
    wide = "\n".join(f".t{n}: {{extends: [{', '.join(f'.t{m}' for m in range(12))}]}}" for n in range(12))
    assert gitlab(f"{wide}\none: {{extends: .t0, script: [pytest]}}")["one"].stages == ["test"]


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("**", "a/b.py", True),
        ("**/*.py", "b.py", True),
        ("**/*.py", "a/c/b.py", True),
        ("*.py", "a/b.py", False),
        ("src/*", "src/a/b", False),
        ("src/**", "src/a/b", True),
        ("src/**/b", "src/b", True),
        ("src/**/b", "src/ab", False),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("/src/a", "src/a", True),
        ("", "a", False),
    ],
)
def test_patterns_of_paths(pattern, path, fits):
    assert matches(path, [pattern]) is fits


def test_no_pattern_takes_long():
    began = time.monotonic()
    assert not matches("a" * 4000, ["**a" * 60 + "b", "*a" * 90 + "b", "**/" * 60 + "b", "*" * 100_000])
    assert time.monotonic() - began < 60
