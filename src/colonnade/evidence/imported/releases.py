"""Views of what pipelines did: their runs, and what they released."""

from __future__ import annotations

import msgspec

from colonnade.evidence.view import view


class PipelineRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run on one commit: `file` defines it, `job` is empty where the export names whole runs. Seconds since the epoch.

    `passed` is None while it runs, or where its outcome says neither.
    """

    id: str
    file: str
    sha: str
    ref: str
    at: float
    passed: bool | None
    job: str = ""


@view("repo.pipeline-runs", snapshot=True)
class PipelineRuns(msgspec.Struct, frozen=True, kw_only=True):
    """Runs as a CI system exports them; `complete` is false where it says that there are more."""

    runs: list[PipelineRun]
    complete: bool


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was put into an environment. Seconds since the epoch.

    `run` is the pipeline run that it points to, `passed` how that ended, None where nobody can say; `failing_tests`
    counts those of test reports on the same commit. `by_pipeline` is whether a job did it, and not a person.
    """

    id: str
    environment: str
    production: bool
    sha: str
    at: float
    by: str
    by_pipeline: bool
    run: str
    passed: bool | None
    failing_tests: int = 0


@view("registry.releases", snapshot=True)
class Releases(msgspec.Struct, frozen=True, kw_only=True):
    """Releases as a CI system exports them; `complete` is false where it says that there are more."""

    releases: list[Release]
    complete: bool

    @property
    def deployed(self) -> list[str]:
        """The commit that each production environment got last."""
        newest: dict[str, Release] = {}
        for release in sorted((it for it in self.releases if it.production), key=lambda it: it.at):
            newest[release.environment] = release
        return sorted({release.sha for release in newest.values()})
