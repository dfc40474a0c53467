"""Guide section 4.3: data is versioned, and a version can be brought back."""

from __future__ import annotations

from colonnade.reliability.evidence import DataRollback, DataVersions
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds, insufficient, met, unmet


@signal(
    "REL-09",
    1,
    improve="index with `colonnade knowledge index`, and run evaluations over files with a digest",
)
def data_has_versions_that_answers_name(data: DataVersions) -> Verdict:
    """Every dataset and index has immutable versions, and every run and answer names the one it used."""
    bare = [version.name for version in data.versions if not version.digest]
    if not data.versions:
        return insufficient("no dataset or index is registered")
    if bare:
        return unmet(f"without a digest: {', '.join(bare)}")
    silent = (data.answers - data.answers_naming_version) + (data.runs - data.runs_naming_version)
    named = f"{data.answers_naming_version} of {data.answers} answers and {data.runs_naming_version} of {data.runs} runs"
    if data.answers + data.runs == 0:
        return insufficient("no run or answer used data yet")
    return holds(
        silent == 0, f"{named} name the version they used", f"only {named} name the version they used"
    )


@signal("REL-09", 2, improve="run `colonnade drill run data-rollback`")
def a_rollback_brought_results_back(drill: DataRollback) -> Verdict:
    """Going back one version reproduced the stored results."""
    if drill.queries == 0 or drill.changed_forward == 0:
        return insufficient(
            "the other version changed no result, so its return proves nothing", n=drill.queries
        )
    reason = (
        f"{drill.same_after_rollback} of {drill.queries} stored results came back in {drill.seconds:.1f} s"
    )
    return (
        met(reason, n=drill.queries)
        if drill.same_after_rollback == drill.queries
        else unmet(reason, n=drill.queries)
    )
