"""An evaluation run is what was measured, on which data, drawn by which seed; it becomes a record as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from colonnade.evaluation.dataset import Dataset
from colonnade.evaluation.evidence import AnswerEvaluation, Interval, RetrievalEvaluation
from colonnade.evaluation.score import Score
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record


@dataclass(frozen=True, slots=True)
class ItemResult:
    """How one question was scored; no words of it or of its answer."""

    id: str
    answerable: bool
    scores: Mapping[str, Score]
    request_id: str = ""
    latency_ms: float = 0.0
    error: str = ""


@dataclass(frozen=True, slots=True)
class EvaluationRun:
    """One run. `metrics` are by name, `n` is how many questions were asked."""

    dataset: Dataset
    seed: int
    metrics: Mapping[str, Interval]
    results: tuple[ItemResult, ...]

    @property
    def n(self) -> int:
        """How many questions were asked."""
        return len(self.results)

    def raw(self) -> bytes:
        """The results of all items as JSON: what the record's `raw_digest` addresses."""
        facts = {
            "dataset": self.dataset.name,
            "dataset_digest": self.dataset.digest,
            "seed": self.seed,
            "metrics": {name: msgspec.to_builtins(metric) for name, metric in self.metrics.items()},
            "results": [_plain(result) for result in self.results],
        }
        return msgspec.json.encode(facts, order="deterministic")


def retrieval_view(run: EvaluationRun) -> RetrievalEvaluation:
    """What judges read of an evaluation of retrieval."""
    return RetrievalEvaluation(
        dataset=run.dataset.name,
        dataset_digest=run.dataset.digest,
        recall_at_5=run.metrics["recall_at_5"],
        mrr=run.metrics["mrr"].value,
    )


def answers_view(run: EvaluationRun) -> AnswerEvaluation:
    """What judges read of an evaluation of answers."""
    asked = sum(result.answerable for result in run.results)
    return AnswerEvaluation(
        dataset=run.dataset.name,
        dataset_digest=run.dataset.digest,
        seed=run.seed,
        answerable=asked,
        unanswerable=run.n - asked,
        overlap=run.metrics["overlap"],
        groundedness=run.metrics["groundedness"],
        citation_precision=run.metrics["citation_precision"],
        refusal_recall=run.metrics["refusal_recall"],
        false_refusals=run.metrics["false_refusals"],
        baseline_groundedness=run.metrics.get("baseline_groundedness"),
    )


def record(run: EvaluationRun, view: RetrievalEvaluation | AnswerEvaluation, scope: Scope) -> Record:
    """The run as evidence; `scope` says what was running and when."""
    kind = "retrieval" if isinstance(view, RetrievalEvaluation) else "answers"
    return scope.record(
        view, kind="eval", source="eval", collector=f"evaluation.{kind}@1", n=run.n, raw=run.raw()
    )


def _plain(result: ItemResult) -> dict[str, object]:
    scores = {name: {"value": score.value, "reason": score.reason} for name, score in result.scores.items()}
    return {
        "id": result.id,
        "answerable": result.answerable,
        "scores": scores,
        "request_id": result.request_id,
        "latency_ms": result.latency_ms,
        "error": result.error,
    }
