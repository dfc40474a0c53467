"""Collectors of step 2 that read the workload's repository: prompts, their pipeline, and runbooks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.evidence.repository import Repository
from colonnade.operations.evidence import PromptCommit, PromptCommits, PromptLint
from colonnade.review.adapters.repository.procedures import COMMON_FAILURES, runbooks_of
from colonnade.workload.folder import Prompt, Workload

__all__ = ["COMMON_FAILURES", "prompt_commits", "prompt_lint", "runbooks"]

PIPELINES = (
    ".github/workflows",
    ".gitlab-ci.yml",
    ".circleci/config.yml",
    "azure-pipelines.yml",
    ".ci",
    "Jenkinsfile",
)
"""Where pipeline definitions stand, relative to the top of the repository."""


def prompt_commits(workload: Workload, scope: Scope) -> Record | None:
    """The commit, author and reviewers of every prompt that a route uses; None without a repository."""
    repository = Repository.around(workload.folder)
    if repository is None:
        return None
    used = {(route.prompt or "").split("@")[0] for route in workload.specification.routes.values()} - {""}
    prompts = [
        _prompt_commit(repository, workload.prompts[name]) for name in sorted(used & set(workload.prompts))
    ]
    return scope.record(
        PromptCommits(prompts=prompts),
        kind="registry",
        source="git",
        collector="operations.prompts@1",
        n=len(prompts),
    )


def prompt_lint(workload: Workload, faults: int, scope: Scope) -> Record | None:
    """Whether the pipeline runs `colonnade check`; `faults` is what the linter found just now."""
    repository = Repository.around(workload.folder)
    if repository is None:
        return None
    root = repository.root
    files = list(_pipeline_files(root))
    calling = [path for path in files if _calls_check(path, root / "Makefile")]
    view = PromptLint(
        pipeline_files=[str(path.relative_to(root)) for path in calling],
        runs_check=bool(calling),
        prompts=len(workload.prompts),
        faults=faults,
    )
    return scope.record(view, kind="repo", source="git", collector="operations.lint@1", n=len(files))


def runbooks(workload: Workload, scope: Scope) -> Record | None:
    """What the runbooks of the folder say of themselves; None where it has none, and another repository may."""
    folder = workload.folder / "runbooks"
    if not folder.is_dir():
        return None
    today = datetime.fromtimestamp(scope.window_end, UTC).date()
    view = runbooks_of(sorted(folder.glob("*.md")), today)
    return scope.record(
        view, kind="repo", source="git", collector="operations.runbooks@1", n=len(view.runbooks)
    )


def _prompt_commit(repository: Repository, prompt: Prompt) -> PromptCommit:
    path = prompt.path.resolve()
    commits = repository.commits(path) if repository.clean(path) else []
    if not commits:
        return PromptCommit(name=prompt.name, version=prompt.version)
    newest = commits[0]
    return PromptCommit(
        name=prompt.name,
        version=prompt.version,
        commit=newest.id,
        author=newest.author,
        reviewers=list(newest.reviewers),
    )


def _pipeline_files(root: Path) -> Iterable[Path]:
    for name in PIPELINES:
        place = root / name
        if place.is_file():
            yield place
        elif place.is_dir():
            yield from (path for path in sorted(place.iterdir()) if path.is_file())


def _calls_check(path: Path, makefile: Path) -> bool:
    """A pipeline may call make; then the rule stands in the Makefile at the top."""
    steps = _without_comments(path)
    if "colonnade check" in steps:
        return True
    return "make check" in steps and makefile.is_file() and "colonnade check" in _without_comments(makefile)


def _without_comments(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith(("#", "//")))
