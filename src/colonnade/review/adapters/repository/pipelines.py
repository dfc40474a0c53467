"""The pipelines and tags of a repository become evidence; only definitions that are committed as they stand count."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from colonnade.evidence.collection import Scope
from colonnade.evidence.imported.pipelines import Job, Pipelines, Tags, TagState
from colonnade.evidence.record import Record
from colonnade.evidence.repository import Repository
from colonnade.review.adapters.bounded import Unreadable, yaml_values
from colonnade.review.adapters.repository.changes import Changes
from colonnade.review.adapters.repository.github import workflow_jobs
from colonnade.review.adapters.repository.gitlab import FILE as GITLAB
from colonnade.review.adapters.repository.gitlab import gitlab_jobs

WORKFLOWS = ".github/workflows"
COLLECTOR = "repository.pipelines@1"
LARGEST_BYTES = 1 << 20
MOST_JOBS = 500


def pipeline_records(
    folder: Path, repository: Repository, scope: Scope, *, collector: str = COLLECTOR
) -> list[Record]:
    """What pipelines do with a change of the workload in `folder`, and what commits are called.

    Without any definition there is no record: it may stand in another repository.
    """
    root, unread = repository.root, []
    definitions: dict[str, dict[str, Any]] = {}
    for path in _definitions(root):
        name = path.relative_to(root).as_posix()
        if not repository.clean(path):
            unread.append(f"{name}: not committed as it stands")
            continue
        try:
            definitions[name] = _definition(path)
        except Unreadable as problem:
            unread.append(f"{name}: {problem}")
    if not definitions and not unread:
        return []
    workload = folder.resolve().relative_to(root.resolve()).as_posix()
    jobs = _jobs(definitions, Changes.of(repository.files(), workload))
    tags = _tags(repository)
    view = Pipelines(jobs=jobs, files=sorted(definitions), unread=unread)
    return [
        scope.record(view, kind="repo", source="git", collector=collector, n=len(definitions)),
        scope.record(tags, kind="repo", source="git", collector=collector, n=len(tags.tags)),
    ]


def _definitions(root: Path) -> Iterator[Path]:
    workflows = sorted((root / WORKFLOWS).glob("*.y*ml"))
    yield from (path for path in (*workflows, root / GITLAB) if path.is_file() and not path.is_symlink())


def _definition(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise Unreadable(f"is larger than {LARGEST_BYTES >> 20} MiB")
        values = yaml_values(path.read_bytes())
    except OSError as error:
        raise Unreadable("cannot be read") from error
    if not values or not isinstance(values[-1], dict):
        raise Unreadable("is no mapping")
    jobs = values[-1].get("jobs")
    if max(len(values[-1]), len(jobs) if isinstance(jobs, dict) else 0) > MOST_JOBS:
        raise Unreadable(f"has more than {MOST_JOBS} jobs")
    return values[-1]


def _jobs(definitions: dict[str, dict[str, Any]], changes: Changes) -> list[Job]:
    workflows = {
        name.rpartition("/")[2]: found for name, found in definitions.items() if name.startswith(WORKFLOWS)
    }
    jobs = workflow_jobs(workflows, changes)
    return jobs + (gitlab_jobs(definitions[GITLAB], changes) if GITLAB in definitions else [])


def _tags(repository: Repository) -> Tags:
    named = [TagState(name=it.name, commit=it.commit, signed=it.signed) for it in repository.tags()]
    return Tags(head=repository.head, tags=named)
