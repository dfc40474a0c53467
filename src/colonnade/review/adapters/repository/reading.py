"""A git repository somewhere else is read like the workload's own: decisions, pipelines, tags, prompts, runbooks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from colonnade.evidence.collection import Scope
from colonnade.evidence.repository import Repository
from colonnade.review.adapters.adapter import Adapter, Reading
from colonnade.review.adapters.material import Material, plain
from colonnade.review.adapters.repository.decided import decision_records
from colonnade.review.adapters.repository.pipelines import pipeline_records
from colonnade.review.adapters.repository.procedures import procedure_records
from colonnade.workload.decisions.reading import FOLDER, read_decisions


def read(materials: Sequence[Material], scope: Scope) -> Reading:
    """Folders within repositories; what stands in their `decisions/`, `prompts/`, `runbooks/` and at the top counts."""
    reading = Reading()
    for material in materials:
        folder = material.path if material.path.is_dir() else material.path.parent
        repository = Repository.around(folder)
        if repository is None:
            reading.reject(material.name, "is in no git repository, or git is not installed here")
        elif not repository.head:
            reading.reject(material.name, "is in a repository without a commit")
        else:
            _take(folder, repository, scope, reading)
    return reading


GIT = Adapter("git", 1, "a git repository: decisions, pipelines, tags, prompts, runbooks", (), read)


def _take(folder: Path, repository: Repository, scope: Scope, reading: Reading) -> None:
    faults = read_decisions(folder).faults
    for fault in faults[:100]:
        reading.reject(plain(f"{fault.file}:{fault.line}"), plain(f"{fault.where} {fault.problem}".strip()))
    if (folder / FOLDER).is_dir():
        reading.records += decision_records(folder, repository, scope, collector=GIT.collector)
    reading.records += pipeline_records(folder, repository, scope, collector=GIT.collector)
    reading.records += procedure_records(folder, repository, scope, GIT.collector)
