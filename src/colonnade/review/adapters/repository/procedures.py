"""Prompts and runbooks of a repository: who committed and reviewed them, and what runbooks say of themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from colonnade.evidence.collection import Scope
from colonnade.evidence.imported.procedures import PromptCommit, PromptCommits, Runbooks, RunbookState
from colonnade.evidence.record import Record
from colonnade.evidence.repository import Repository
from colonnade.review.adapters.bounded import Unreadable, text_of, yaml_values
from colonnade.review.adapters.material import Material, plain
from colonnade.review.adapters.taking import listed

MOST_FILES = 500
LARGEST_BYTES = 256 * 1024
COMMON_FAILURES = ("model-degradation", "endpoint-failure", "data-feed-failure")
"""The three failures that the catalogue asks runbooks for; `covers` in a runbook's front matter names them."""


def procedure_records(folder: Path, repository: Repository, scope: Scope, collector: str) -> Iterator[Record]:
    """A record of prompts where there are any, and one of runbooks; files that are not committed do not count."""
    prompts = [_prompt(path, repository) for path in _files(folder / "prompts")]
    if prompts:
        view = PromptCommits(prompts=prompts)
        yield scope.record(view, kind="registry", source="git", collector=collector, n=len(prompts))
    committed = [path for path in _files(folder / "runbooks") if repository.clean(path)]
    if committed:
        found = runbooks_of(committed, datetime.fromtimestamp(scope.window_end, UTC).date())
        yield scope.record(found, kind="repo", source="git", collector=collector, n=len(found.runbooks))


def runbooks_of(paths: Iterable[Path], today: date) -> Runbooks:
    """What runbooks say of themselves; a file without front matter counts as empty, not as absent."""
    books = [(path, front_matter(path)) for path in paths]
    covers = {str(front.get("covers", "")) for _, front in books} & set(COMMON_FAILURES)
    states = [_runbook(path, front, today) for path, front in books]
    return Runbooks(runbooks=states, covers=sorted(covers))


def front_matter(path: Path) -> dict[str, Any]:
    """The mapping between two lines of `---` at the beginning of a file; empty where there is none."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            return {}
        text = text_of(path.read_bytes()).replace("\r\n", "\n")
        end = text.find("\n---", 3)
        values = yaml_values(text[4:end].encode()) if text.startswith("---\n") and end > 0 else []
    except (OSError, Unreadable):
        return {}
    return values[0] if len(values) == 1 and isinstance(values[0], dict) else {}


def _files(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*.md")) if folder.is_dir() else []
    return [path for path in found if path.is_file() and not path.is_symlink()][:MOST_FILES]


def _prompt(path: Path, repository: Repository) -> PromptCommit:
    version = Material(path.name, path.read_bytes(), path).digest
    last = repository.last_commit(path)
    if last is None:
        return PromptCommit(name=path.stem, version=version)
    return PromptCommit(
        name=path.stem, version=version, commit=last.id, author=last.author, reviewers=list(last.reviewers)
    )


def _runbook(path: Path, front: dict[str, Any], today: date) -> RunbookState:
    review_by = plain(front.get("review_by"))
    return RunbookState(
        name=path.stem,
        trigger=plain(front.get("trigger")),
        owner=plain(front.get("owner")),
        review_by=review_by,
        steps=len(listed(front.get("steps"))),
        overdue=_overdue(review_by, today),
    )


def _overdue(day: str, today: date) -> bool:
    try:
        return date.fromisoformat(day) < today
    except ValueError:
        return True
