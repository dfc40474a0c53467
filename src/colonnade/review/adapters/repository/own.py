"""The repository around a workload folder is read at every review, without an import."""

from __future__ import annotations

from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.evidence.repository import Repository
from colonnade.review.adapters.repository.decided import Live, decision_records
from colonnade.review.adapters.repository.pipelines import pipeline_records
from colonnade.review.adapters.repository.reasons import binding_reasons
from colonnade.workload.decisions.reading import FOLDER
from colonnade.workload.folder import Workload


def own_records(workload: Workload, scope: Scope, live: Live) -> list[Record]:
    """Decisions, pipelines, tags and reasons of bindings; nothing without git or a repository.

    Args:
        workload: as loaded.
        scope: what is being observed.
        live: whether `policy:STAGE` or `drill:NAME` is in place, as far as somebody can tell.
    """
    repository = Repository.around(workload.folder)
    if repository is None:
        return []
    records = pipeline_records(workload.folder, repository, scope)
    records.append(binding_reasons(workload, repository, scope))
    if (workload.folder / FOLDER).is_dir():
        records += decision_records(workload.folder, repository, scope, live)
    return records
