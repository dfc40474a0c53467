"""The queries that indicators may name: each reads the window's requests, or the newest evaluation."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from colonnade.evaluation.evidence import AnswerEvaluation, Interval, RetrievalEvaluation
from colonnade.evidence.request import RequestRecord

Value = tuple[float | None, int]
"""A reading and the number of samples it rests on; None where there are none."""


@dataclass(frozen=True, slots=True)
class Material:
    """What indicators are read from: the requests of the window and the newest evaluations."""

    requests: Sequence[RequestRecord]
    retrieval: RetrievalEvaluation | None = None
    answers: AnswerEvaluation | None = None

    @property
    def chats(self) -> list[RequestRecord]:
        """Chat requests."""
        return [request for request in self.requests if request.endpoint == "chat"]

    @property
    def answered(self) -> list[RequestRecord]:
        """Chat requests that were answered."""
        return [request for request in self.chats if request.outcome == "answered"]


def read_indicators(material: Material) -> dict[str, Value]:
    """The value of every known query."""
    return {name: query(material) for name, query in QUERIES.items()}


def _answered_share(material: Material) -> Value:
    return _share(len(material.answered), len(material.chats))


def _grounded_share(material: Material) -> Value:
    """Answers that rest on an index: those that carry sources, or say that nothing was found."""
    grounded = [request for request in material.answered if request.generation]
    good = sum(bool(request.sources) or request.nothing_found for request in grounded)
    return _share(good, len(grounded))


def _error_ratio(material: Material) -> Value:
    return _share(sum(request.outcome == "failed" for request in material.chats), len(material.chats))


def _latency_p95_ms(material: Material) -> Value:
    latencies = sorted(request.latency_ms for request in material.answered)
    return (latencies[math.ceil(0.95 * len(latencies)) - 1], len(latencies)) if latencies else (None, 0)


def _cost_per_answered_usd(material: Material) -> Value:
    answered = material.answered
    return (
        (math.fsum(request.usd for request in answered) / len(answered), len(answered))
        if answered
        else (None, 0)
    )


def _carbon_per_answered_g(material: Material) -> Value:
    """The middle of the range; answers without an estimate do not count."""
    estimated = [request for request in material.answered if request.footprint_tier]
    middle = math.fsum((request.carbon_min_g + request.carbon_max_g) / 2 for request in estimated)
    return (middle / len(estimated), len(estimated)) if estimated else (None, 0)


def _requests(material: Material) -> Value:
    return float(len(material.requests)), len(material.requests)


def _active_keys(material: Material) -> Value:
    return float(len({request.key_id for request in material.requests})), len(material.requests)


def _refusal_recall(material: Material) -> Value:
    return _interval(material.answers.refusal_recall if material.answers else None)


def _answer_overlap(material: Material) -> Value:
    return _interval(material.answers.overlap if material.answers else None)


def _retrieval_recall_at_5(material: Material) -> Value:
    return _interval(material.retrieval.recall_at_5 if material.retrieval else None)


QUERIES: Mapping[str, Callable[[Material], Value]] = {
    "answered_share": _answered_share,
    "grounded_share": _grounded_share,
    "refusal_recall": _refusal_recall,
    "latency_p95_ms": _latency_p95_ms,
    "error_ratio": _error_ratio,
    "cost_per_answered_usd": _cost_per_answered_usd,
    "carbon_per_answered_g": _carbon_per_answered_g,
    "requests": _requests,
    "active_keys": _active_keys,
    "retrieval_recall_at_5": _retrieval_recall_at_5,
    "answer_overlap": _answer_overlap,
}
"""Query name -> reading; the names are those of `workload/indicators.py`."""


def _share(part: int, whole: int) -> Value:
    return (part / whole, whole) if whole else (None, 0)


def _interval(interval: Interval | None) -> Value:
    return (interval.value, interval.n) if interval else (None, 0)
