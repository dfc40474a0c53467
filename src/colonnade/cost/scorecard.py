"""Every bound text model stands beside the others with its price and its quality, and the age of both is known."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime

import msgspec

from colonnade.cost.evidence import Scorecard, ScoredModel
from colonnade.cost.prices import Price, PriceBook
from colonnade.errors import FaultyWorkload
from colonnade.evaluation.evidence import AnswerEvaluation
from colonnade.evaluation.suite import read_suite
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.workload.folder import Workload
from colonnade.workload.specification import Specification

SHORT = 0
"""Input tokens of the call whose rates are shown: those of the lowest tier."""


def scorecard(
    specification: Specification,
    book: PriceBook,
    evaluation: AnswerEvaluation | None,
    evaluated: str,
    scope: Scope,
) -> Record:
    """Price and quality of the text models that routes are bound to.

    Args:
        specification: of the workload.
        book: its prices.
        evaluation: the newest one of the workload's own questions.
        evaluated: the binding that answered it, empty where nobody can say.
        scope: what is being observed; prices are those of its end.
    """
    models = [_scored(name, specification, book, scope) for name in _text_models(specification)]
    if evaluation is not None:
        models = [
            msgspec.structs.replace(it, quality=evaluation.overlap) if it.binding == evaluated else it
            for it in models
        ]
    models.sort(key=lambda it: (not it.known, it.output_usd, it.input_usd, it.binding))
    view = Scorecard(models=models, dataset_digest=evaluation.dataset_digest if evaluation else "")
    return scope.record(view, kind="eval", collector="cost.scorecard@1", n=len(models))


def _text_models(specification: Specification) -> list[str]:
    used = {
        name
        for route in specification.routes.values()
        for name in (route.model, *(target.model for target in route.targets))
    }
    return sorted(name for name in used if specification.models[name].purpose == "text")


def _scored(name: str, specification: Specification, book: PriceBook, scope: Scope) -> ScoredModel:
    price = book.price(name, scope.window_end)
    rates = price.rates
    return ScoredModel(
        binding=name,
        model=specification.models[name].model,
        known=price.known,
        input_usd=float(rates.fresh_input.at(SHORT)) if rates else 0.0,
        output_usd=float(rates.output.at(SHORT)) if rates else 0.0,
        source=price.source,
        age_days=age_days(price, scope.window_end),
        disputed=price.disputed,
    )


def evaluated_binding(workload: Workload) -> str:
    """The binding that the workload's evaluation set asks: that of the suite's route, or the only text model there is."""
    specification, suite = workload.specification, workload.folder / "evals" / "suite.yaml"
    if suite.is_file():
        with suppress(FaultyWorkload):  # what `colonnade eval` says of it; nobody can say what it would ask
            route = specification.routes.get(read_suite(suite).suite.route)
            return route.model if route is not None else ""
        return ""
    models = _text_models(specification)
    return models[0] if len(models) == 1 else ""


def age_days(price: Price, now: float) -> float | None:
    """How old a dated price is; None for one without a date, which own hardware has."""
    if not price.as_of:
        return None
    began = datetime.combine(date.fromisoformat(price.as_of), datetime.min.time(), UTC)
    return (now - began.timestamp()) / 86_400.0
