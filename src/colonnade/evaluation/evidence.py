"""Views of evaluations: what a run measured, with intervals. Several pillars judge them."""

from __future__ import annotations

import msgspec

from colonnade.evidence.view import view


class Interval(msgspec.Struct, frozen=True):
    """A value with its 90% two-sided interval, so that each end is a one-sided 95% bound."""

    value: float
    low: float
    high: float
    n: int


@view("eval.retrieval", binds=("knowledge",))
class RetrievalEvaluation(msgspec.Struct, frozen=True, kw_only=True):
    """Retrieval scored on every answerable question of a dataset."""

    dataset: str
    dataset_digest: str
    recall_at_5: Interval
    mrr: float


@view("eval.answers", binds=("models", "prompts", "knowledge"))
class AnswerEvaluation(msgspec.Struct, frozen=True, kw_only=True):
    """Answers scored on a seeded sample of a dataset.

    `groundedness` is the share of answer sentences supported by the sources that were given, `baseline_groundedness`
    the same without retrieval (None where it was not run); `citation_precision` the share of cited sources that bear
    the answer out (see `grounding.py`); `refusal_recall` the share of unanswerable questions that were refused.
    """

    dataset: str
    dataset_digest: str
    seed: int
    answerable: int
    unanswerable: int
    overlap: Interval
    groundedness: Interval
    citation_precision: Interval
    refusal_recall: Interval
    false_refusals: Interval
    baseline_groundedness: Interval | None = None
