"""Views of pipelines as they are defined, and of the names that commits were given."""

from __future__ import annotations

from typing import Literal

import msgspec

from colonnade.evidence.view import view

Stage = Literal["test", "evaluate", "deploy", "apply", "rollback"]
Change = Literal["code", "models", "prompts"]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One job: `name` is `FILE/JOB`, `stages` what its commands do in order, `after` all jobs that must have succeeded.

    `started_by` are the kinds of change that lead to it; `gates` is false where its failure stops nothing, `production`
    where it says that it serves another environment.
    """

    name: str
    stages: list[Stage]
    after: list[str]
    started_by: list[Change]
    gates: bool = True
    production: bool = True


@view("repo.pipelines")
class Pipelines(msgspec.Struct, frozen=True, kw_only=True):
    """Every job of every definition that is committed as it stands; `unread` names the others, with the reason."""

    jobs: list[Job]
    files: list[str]
    unread: list[str]

    def named(self, names: list[str]) -> list[Job]:
        """The jobs of these names."""
        return [job for job in self.jobs if job.name in names]


class TagState(msgspec.Struct, frozen=True, kw_only=True):
    """A tag, the commit that it names, and whether a key of `allowed_signers` signed it."""

    name: str
    commit: str
    signed: bool


@view("repo.tags")
class Tags(msgspec.Struct, frozen=True, kw_only=True):
    """The newest tags, and the commit that is checked out."""

    head: str
    tags: list[TagState]
