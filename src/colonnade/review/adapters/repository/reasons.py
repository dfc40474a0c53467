"""The reason beside a binding counts as signed only if every line that states the binding was committed so."""

from __future__ import annotations

from collections.abc import Mapping

from colonnade.evidence.collection import Scope
from colonnade.evidence.imported.reasons import BindingReason, BindingReasons
from colonnade.evidence.record import Record
from colonnade.evidence.repository import Commit, Repository
from colonnade.workload.folder import Workload
from colonnade.workload.loading import FILE

STATED = ("model", "pin", "snapshot", "upstream", "reason")
"""Fields of a binding of which each says which model answers, or why."""


def binding_reasons(workload: Workload, repository: Repository, scope: Scope) -> Record:
    """Every bound model with the people whose signatures its lines carry."""
    commits = repository.line_commits(workload.folder / FILE)
    bindings = [_reason(name, workload, commits) for name in sorted(workload.specification.bound)]
    view = BindingReasons(bindings=bindings)
    return scope.record(
        view, kind="registry", source="git", collector="repository.reasons@1", n=len(bindings)
    )


def _reason(name: str, workload: Workload, commits: Mapping[int, Commit]) -> BindingReason:
    places = {workload.lines.get(f"models.{name}.{field}") for field in STATED} - {None}
    known = [commits[line] for line in sorted(filter(None, places)) if line in commits]
    signed = bool(known) and len(known) == len(places) and all(commit.signer for commit in known)
    newest = max(known, key=lambda commit: commit.at, default=None)
    signers = ", ".join(sorted({commit.signer for commit in known})) if signed else ""
    return BindingReason(binding=name, commit=newest.id if newest else "", signer=signers)
