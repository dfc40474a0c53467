"""Views of prompts and runbooks as a repository has them, the workload's own or another."""

from __future__ import annotations

import msgspec

from colonnade.evidence.view import view


class PromptCommit(msgspec.Struct, frozen=True, kw_only=True):
    """One active prompt and the commit that its version resolves to."""

    name: str
    version: str
    commit: str = ""
    author: str = ""
    reviewers: list[str] = []


@view("registry.prompts", binds=("prompts",))
class PromptCommits(msgspec.Struct, frozen=True, kw_only=True):
    """Every prompt that a route uses."""

    prompts: list[PromptCommit]


class RunbookState(msgspec.Struct, frozen=True, kw_only=True):
    """What a runbook says of itself."""

    name: str
    trigger: str
    owner: str
    review_by: str
    steps: int
    overdue: bool


@view("repo.runbooks")
class Runbooks(msgspec.Struct, frozen=True, kw_only=True):
    """The runbooks of the folder; `covers` lists which of the three common failures have one."""

    runbooks: list[RunbookState]
    covers: list[str]
