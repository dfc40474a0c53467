"""Runs, releases and test reports of one import are brought together by the commit that they are about."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import msgspec

from colonnade.evidence.collection import Scope
from colonnade.evidence.imported.releases import PipelineRun, PipelineRuns, Release, Releases
from colonnade.review.adapters.adapter import Adapter, Reading
from colonnade.review.adapters.ci.exports import Exports
from colonnade.review.adapters.ci.junit import failing_tests
from colonnade.review.adapters.material import Material
from colonnade.review.adapters.taking import as_of

WINDOW_S = 30 * 86_400.0
"""Releases of the last 30 days count, as the catalogue asks of OPS-02 and OPS-19; and the newest of each environment."""


def read(materials: Sequence[Material], scope: Scope) -> Reading:
    """Exports (`*.json`) and test reports (`*.xml`), in any order."""
    reading, exports, failing = Reading(), Exports(), Counter[str]()
    for material in materials:
        if material.data.lstrip()[:1] == b"<" or material.name.endswith(".xml"):
            failing.update(failing_tests(material, reading))
        else:
            exports.take(material, reading)
    raw, now = b"".join(material.data for material in materials), as_of(scope)
    if exports.runs is not None:
        runs = [run for run in exports.runs if run.at <= scope.window_end]
        view: msgspec.Struct = PipelineRuns(runs=runs, complete=exports.runs_complete)
        reading.records.append(
            now.record(view, kind="repo", source="ci", collector=CI.collector, n=len(runs), raw=raw)
        )
    if exports.releases is not None:
        releases = _judged(_recent(exports.releases, scope), exports.runs or [], failing)
        view = Releases(releases=releases, complete=exports.releases_complete)
        reading.records.append(
            now.record(view, kind="registry", source="ci", collector=CI.collector, n=len(releases), raw=raw)
        )
    known = {release.sha for release in exports.releases or ()}
    for commit in sorted(failing.keys() - known):
        reading.reject(f"report on {commit[:12]}", "no release of this commit is in the same import")
    return reading


CI = Adapter(
    "ci",
    1,
    "runs and deployments of GitHub and GitLab (JSON), test reports (JUnit)",
    ("*.json", "*.xml"),
    read,
)


def _recent(releases: Sequence[Release], scope: Scope) -> list[Release]:
    known = [it for it in releases if it.at <= scope.window_end]
    newest = {it.environment: it.id for it in sorted(known, key=lambda it: it.at)}
    since = scope.window_end - WINDOW_S
    return [it for it in known if it.at >= since or newest[it.environment] == it.id]


def _judged(releases: Sequence[Release], runs: Sequence[PipelineRun], failing: Counter[str]) -> list[Release]:
    """Each release with the runs on its commit, where the export of releases does not name one itself."""
    by_commit: defaultdict[str, list[PipelineRun]] = defaultdict(list)
    for run in runs:
        by_commit[run.sha].append(run)
    return [_told(release, by_commit[release.sha], failing[release.sha]) for release in releases]


def _told(release: Release, found: Sequence[PipelineRun], failing: int) -> Release:
    if release.run:
        return msgspec.structs.replace(release, failing_tests=failing)
    return msgspec.structs.replace(release, run=_names(found), passed=_passed(found), failing_tests=failing)


def _names(runs: Sequence[PipelineRun]) -> str:
    return ", ".join(sorted(run.id for run in runs)[:10])


def _passed(runs: Sequence[PipelineRun]) -> bool | None:
    """Of all runs on one commit: one that failed makes it fail; None where none passed."""
    outcomes = {run.passed for run in runs}
    return False if False in outcomes else True if True in outcomes else None
