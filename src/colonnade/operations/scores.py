"""Collector of guide section 2.2: our own evaluation stands among the runs that were imported."""

from __future__ import annotations

from colonnade.evaluation.evidence import AnswerEvaluation
from colonnade.evidence.collection import Scope
from colonnade.evidence.imported.scores import ScoredRun, ScoredRuns, together
from colonnade.evidence.record import Record


def scored_runs(
    own: AnswerEvaluation | None, at: float, model: str, known: ScoredRuns | None, scope: Scope
) -> Record | None:
    """Our newest evaluation of answers and every run that is known of the same models; None where that is known already.

    Args:
        own: our own evaluation of the models that are bound now.
        at: when it was run, seconds since the epoch.
        model: name of the model that it scored.
        known: the newest record of runs about these models.
        scope: what is observed.
    """
    if own is None or own.overlap.n == 0:
        return None
    before = known.runs if known is not None else []
    runs = together(before, [_run(own, at, model)])
    if runs == together(before, ()):
        return None
    return scope.record(
        ScoredRuns(runs=runs), kind="eval", source="eval", collector="operations.scores@1", n=len(runs)
    )


def _run(own: AnswerEvaluation, at: float, model: str) -> ScoredRun:
    return ScoredRun(
        tool="colonnade",
        task="answers",
        metric="f1",
        model=model,
        dataset=own.dataset,
        dataset_digest=own.dataset_digest,
        value=own.overlap.value,
        low=own.overlap.low,
        high=own.overlap.high,
        n=own.overlap.n,
        at=at,
    )
