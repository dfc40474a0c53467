"""Guide section 1.2: the kind of model, and whether answers are grounded in own knowledge."""

from __future__ import annotations

from colonnade.evaluation.evidence import AnswerEvaluation, Interval
from colonnade.review.proportions import share_at_least
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds, insufficient, met, unmet
from colonnade.usecase.evidence import ModalityRegister, ModalityTraffic, RetrievalTraffic
from colonnade.workload.sections.promises import Sampling
from colonnade.workload.specification import Specification

MODALITY_SHARE = 0.99
"""Least share of requests with the declared modality, as the catalogue's signal says."""


@signal("UC-05", 1, improve="bind a model whose `modalities` cover `task.modality`")
def bound_models_cover_the_task(register: ModalityRegister) -> Verdict:
    """Every model bound to a chat route takes and gives what the task needs."""
    short = [
        binding.binding
        for binding in register.bindings
        if not set(register.task_input) <= set(binding.input)
        or not set(register.task_output) <= set(binding.output)
    ]
    if not register.bindings:
        return unmet("no model is bound to a chat route")
    return holds(
        not short,
        f"{len(register.bindings)} bound models cover the task",
        f"does not cover it: {', '.join(short)}",
    )


@signal("UC-05", 2, improve="send only content of the declared modality, or correct `task.modality`")
def requests_have_the_declared_modality(traffic: ModalityTraffic, sampling: Sampling) -> Verdict:
    """At least 99% of requests have the declared input and output modality."""
    return share_at_least(
        traffic.as_declared, traffic.requests, MODALITY_SHARE, sampling, "requests have the declared modality"
    )


@signal("UC-07", 1, improve="set `rag.enabled` with a `reason`")
def grounding_was_decided(specification: Specification) -> Verdict:
    """Whether answers need own knowledge was decided, and the routes do as decided."""
    grounded = [name for name, route in specification.routes.items() if route.knowledge is not None]
    if specification.rag.enabled != bool(grounded):
        return unmet("`rag.enabled` says otherwise than the routes do")
    decided = "answers are grounded" if specification.rag.enabled else "answers need no own knowledge"
    return met(f"{decided}: {specification.rag.reason}")


@signal(
    "UC-07", 2, improve="check the retrieve stage: answers of routes with knowledge must carry source ids"
)
def answers_carry_sources(
    traffic: RetrievalTraffic, specification: Specification, sampling: Sampling
) -> Verdict:
    """A source is named on the declared share of answers; an answer that nothing was found needs none."""
    asked = traffic.requests - traffic.nothing_found
    return share_at_least(
        traffic.with_sources, asked, specification.rag.share, sampling, "grounded answers carry source ids"
    )


@signal(
    "UC-07",
    3,
    improve="run `colonnade eval answers --all`; then raise retrieval quality or the prompt until the floors are met",
)
def answers_are_grounded(evaluation: AnswerEvaluation, specification: Specification) -> Verdict:
    """Groundedness meets its floor and beats the answer without retrieval; citations are precise."""
    floor = specification.quality.groundedness
    if evaluation.baseline_groundedness is None:
        return insufficient("the baseline without retrieval was not run", n=evaluation.answerable)
    low, base = evaluation.groundedness, evaluation.baseline_groundedness
    reason = f"groundedness {_shown(low)}, without retrieval {_shown(base)}, citation precision "
    reason += _shown(evaluation.citation_precision)
    if low.high < floor or evaluation.citation_precision.high < specification.quality.citation_precision:
        return unmet(f"{reason}; below the floor {floor}", value=low.value, threshold=floor, n=low.n)
    if low.low < floor or evaluation.citation_precision.low < specification.quality.citation_precision:
        return insufficient(f"{reason}; the interval straddles its floor", value=low.value, n=low.n)
    return holds(low.low > base.high, reason, f"{reason}; no better than without retrieval")


def _shown(interval: Interval) -> str:
    return f"{interval.value:.2f} [{interval.low:.2f}, {interval.high:.2f}]"
