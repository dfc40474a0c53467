"""The fields that are read of exports of GitHub (REST, 2022-11-28) and GitLab (REST v4)."""

from __future__ import annotations

from typing import Any

import msgspec


class GithubRun(msgspec.Struct, frozen=True):
    """An entry of `GET /repos/{owner}/{repo}/actions/runs`."""

    id: int
    head_sha: str
    path: str
    status: str
    created_at: str
    conclusion: str | None = None
    head_branch: str | None = None


class GithubCreator(msgspec.Struct, frozen=True):
    """Who created a deployment; `type` is `User` or `Bot`."""

    login: str
    type: str = "User"


class GithubDeployment(msgspec.Struct, frozen=True):
    """An entry of `GET /repos/{owner}/{repo}/deployments`."""

    id: int
    sha: str
    environment: str
    created_at: str
    creator: GithubCreator | None = None
    performed_via_github_app: dict[str, Any] | None = None
    production_environment: bool = False


class GitlabEnvironment(msgspec.Struct, frozen=True):
    """Where a deployment went."""

    name: str
    tier: str | None = None


class GitlabUser(msgspec.Struct, frozen=True):
    """Who started it."""

    username: str


class GitlabPipeline(msgspec.Struct, frozen=True):
    """A pipeline, on its own or within a job."""

    id: int
    status: str


class GitlabDeployable(msgspec.Struct, frozen=True):
    """The job that deployed."""

    id: int
    status: str
    pipeline: GitlabPipeline | None = None


class GitlabDeployment(msgspec.Struct, frozen=True):
    """An entry of `GET /projects/:id/deployments`."""

    id: int
    sha: str
    status: str
    created_at: str
    environment: GitlabEnvironment
    user: GitlabUser | None = None
    deployable: GitlabDeployable | None = None


class GitlabCommit(msgspec.Struct, frozen=True):
    """The commit of a job."""

    id: str


class GitlabJob(msgspec.Struct, frozen=True):
    """An entry of `GET /projects/:id/jobs`."""

    id: int
    name: str
    status: str
    created_at: str
    commit: GitlabCommit
    ref: str = ""
