"""Exports of GitHub and GitLab become runs and releases; by their fields it is told which export a file is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from colonnade.evidence.imported.releases import PipelineRun, Release
from colonnade.review.adapters.adapter import Reading
from colonnade.review.adapters.ci import shapes
from colonnade.review.adapters.environments import is_production
from colonnade.review.adapters.material import Material, plain
from colonnade.review.adapters.taking import json_of, listed, mapped, moment, taken

GITLAB_FILE = ".gitlab-ci.yml"
PAGE_SIZES = frozenset({20, 30, 50, 100})
"""A single page of exactly so many entries is probably not the last one."""
_PASSED = {"success": True, "failure": False, "failed": False, "cancelled": False, "canceled": False}
_PASSED |= {"timed_out": False, "startup_failure": False, "action_required": False}


@dataclass(slots=True)
class Exports:
    """Everything that was found; None stands for an export that is not there at all."""

    runs: list[PipelineRun] | None = None
    releases: list[Release] | None = None
    runs_complete: bool = True
    releases_complete: bool = True

    def take(self, material: Material, reading: Reading) -> None:
        """Read one file, whichever export it is."""
        value = json_of(material, reading)
        if value is None:
            return
        pages = value if isinstance(value, list) and value and isinstance(value[0], list) else None
        entries = [each for page in pages for each in listed(page)] if pages else listed(value)
        runs = [each for page in _objects(value) for each in listed(page.get("workflow_runs"))]
        whole = pages is not None or len(entries) not in PAGE_SIZES
        first = mapped(entries[0]) if entries else {}
        if _is_runs(value):
            self._take_runs(_github_runs(runs, material.name, reading), len(runs) >= _stated(value))
        elif {"sha", "environment"} <= first.keys() and isinstance(first["environment"], str):
            self._take_releases(_github_releases(entries, material.name, reading), whole)
        elif {"sha", "environment"} <= first.keys():
            self._take_releases(_gitlab_releases(entries, material.name, reading), whole)
        elif {"commit", "name", "stage"} <= first.keys():
            self._take_runs(_gitlab_jobs(entries, material.name, reading), whole)
        else:
            reading.reject(material.name, "is no export of runs, jobs or deployments of GitHub or GitLab")

    def _take_runs(self, found: Iterator[PipelineRun], complete: bool) -> None:
        self.runs = [*(self.runs or []), *found]
        self.runs_complete &= complete

    def _take_releases(self, found: Iterator[Release], complete: bool) -> None:
        self.releases = [*(self.releases or []), *found]
        self.releases_complete &= complete


def _objects(value: Any) -> Iterable[dict[str, Any]]:
    return [mapped(each) for each in value] if isinstance(value, list) else [mapped(value)]


def _is_runs(value: Any) -> bool:
    return any("workflow_runs" in each for each in _objects(value))


def _stated(value: Any) -> int:
    counts = [each.get("total_count") for each in _objects(value)]
    return max((each for each in counts if isinstance(each, int)), default=0)


def _github_runs(entries: list[Any], name: str, reading: Reading) -> Iterator[PipelineRun]:
    where = f"{name}: workflow_runs"
    for run in taken(entries, shapes.GithubRun, where, reading):
        at = moment(run.created_at)
        if at is None:
            reading.reject(f"{where}: {run.id}", "does not say when it began")
            continue
        yield PipelineRun(
            id=str(run.id),
            file=plain(run.path.partition("@")[0].rpartition("/")[2]),
            sha=plain(run.head_sha),
            ref=plain(run.head_branch or ""),
            at=at,
            passed=_PASSED.get(run.conclusion or "") if run.status == "completed" else None,
        )


def _github_releases(entries: list[Any], name: str, reading: Reading) -> Iterator[Release]:
    for it in taken(entries, shapes.GithubDeployment, name, reading):
        at = moment(it.created_at)
        if at is None:
            reading.reject(f"{name}: {it.id}", "does not say when it was made")
            continue
        yield Release(
            id=str(it.id),
            environment=plain(it.environment),
            production=it.production_environment or is_production(it.environment),
            sha=plain(it.sha),
            at=at,
            by=plain(it.creator.login) if it.creator else "",
            by_pipeline=it.performed_via_github_app is not None or _is_bot(it.creator),
            run="",
            passed=None,
        )


def _is_bot(creator: shapes.GithubCreator | None) -> bool:
    return creator is not None and creator.type == "Bot"


def _gitlab_releases(entries: list[Any], name: str, reading: Reading) -> Iterator[Release]:
    for it in taken(entries, shapes.GitlabDeployment, name, reading):
        at = moment(it.created_at)
        if at is None:
            reading.reject(f"{name}: {it.id}", "does not say when it was made")
        elif it.status == "success":
            pipeline = it.deployable.pipeline if it.deployable else None
            yield Release(
                id=str(it.id),
                environment=plain(it.environment.name),
                production=is_production(it.environment.name, it.environment.tier or ""),
                sha=plain(it.sha),
                at=at,
                by=plain(it.user.username) if it.user else "",
                by_pipeline=it.deployable is not None,
                run=str(pipeline.id) if pipeline else "",
                passed=_PASSED.get(pipeline.status) if pipeline else None,
            )


def _gitlab_jobs(entries: list[Any], name: str, reading: Reading) -> Iterator[PipelineRun]:
    for job in taken(entries, shapes.GitlabJob, name, reading):
        at = moment(job.created_at)
        if at is None:
            reading.reject(f"{name}: {job.id}", "does not say when it began")
            continue
        yield PipelineRun(
            id=str(job.id),
            file=GITLAB_FILE,
            job=plain(job.name),
            sha=plain(job.commit.id),
            ref=plain(job.ref),
            at=at,
            passed=_PASSED.get(job.status),
        )
