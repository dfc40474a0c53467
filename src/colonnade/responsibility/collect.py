"""Collectors of step 8 over the journal and the repository."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.evidence.repository import Repository
from colonnade.evidence.request import RequestRecord
from colonnade.responsibility.evidence import (
    DisclosureShare,
    ExplanationMethod,
    ExplanationShare,
    Reconstruction,
)
from colonnade.workload.specification import Specification

METHOD_PAGE = Path("explanations.md")
"""The page of the workload folder that tells users how answers are explained."""


def explanation_share(
    specification: Specification, requests: Sequence[RequestRecord], scope: Scope
) -> Record:
    """Answers whose steps, decisions and sources were recorded."""
    grounded = {name for name, route in specification.routes.items() if route.knowledge is not None}
    answers = [r for r in requests if r.outcome == "answered" and r.endpoint == "chat"]
    view = ExplanationShare(answers=len(answers), explained=sum(_explained(r, grounded) for r in answers))
    return scope.record(view, kind="telemetry", collector="responsibility.explanations@1", n=len(answers))


def explanation_method(folder: Path, scope: Scope) -> Record:
    """Whether the explanation method and its limits are documented for users."""
    path = folder / METHOD_PAGE
    text = path.read_text(encoding="utf-8", errors="replace").lower() if path.is_file() else ""
    repository = Repository.around(folder)
    view = ExplanationMethod(
        path=str(METHOD_PAGE),
        committed=bool(repository and repository.clean(path.resolve())),
        states_method="## method" in text,
        states_limits="## limits" in text,
    )
    return scope.record(view, kind="repo", source="git", collector="responsibility.method@1", n=1)


def disclosure_share(requests: Sequence[RequestRecord], scope: Scope) -> Record:
    """Sessions whose first answer at the latest told that it comes from an AI."""
    first: dict[str, RequestRecord] = {}
    for request in sorted(requests, key=lambda request: request.opened_at):
        if (
            request.endpoint == "chat"
            and request.outcome == "answered"
            and request.session_digest != "continued"
        ):
            first.setdefault(request.session_digest or request.id, request)
    view = DisclosureShare(
        sessions=len(first), disclosed=sum(request.disclosed for request in first.values())
    )
    return scope.record(view, kind="telemetry", collector="responsibility.disclosure@1", n=len(first))


def reconstruction(requests: Sequence[RequestRecord], seed: int, size: int, scope: Scope) -> Record:
    """Tell the whole story of random requests again, from the ledger alone."""
    ordered = sorted(requests, key=lambda request: request.id)
    sample = random.Random(seed).sample(ordered, min(size, len(ordered)))  # noqa: S311 - a seeded sample, no secret
    gaps = {request.id: gap for request in sample if (gap := _gap(request))}
    view = Reconstruction(
        seed=seed,
        sampled=len(sample),
        whole=len(sample) - len(gaps),
        missing=[f"{request}: {gap}" for request, gap in sorted(gaps.items())],
    )
    return scope.record(
        view, kind="drill", source="drill", collector="responsibility.reconstruct@1", n=len(sample)
    )


def _explained(request: RequestRecord, grounded: set[str]) -> bool:
    if not request.decisions:
        return False
    return request.route not in grounded or bool(request.sources) or request.nothing_found


def _gap(request: RequestRecord) -> str:
    """What is missing to tell the story of a request; empty when nothing is."""
    told = {
        "who asked": bool(request.key_id),
        "by which rules": bool(request.policy),
        "which steps": bool(request.decisions or request.error_code),
        "what came of it": request.outcome != "interrupted",
        "what was asked": bool(request.prompt_digest),
        "what was answered": bool(request.answer_digest) or request.outcome != "answered",
        "which model": bool(request.model),
    }
    return ", ".join(part for part, known in told.items() if not known)
