"""Cases of judges over money and declared limits: met, unmet, and at the edge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from colonnade.cost.evidence import (
    Anomaly,
    Compared,
    Point,
    Reconciliation,
    Scorecard,
    ScoredModel,
    SpendSeries,
    Waste,
    Wasted,
)
from colonnade.cost.practices import analysis, models, tokens
from colonnade.evaluation.evidence import Interval
from colonnade.usecase.evidence import (
    BrokenConstraint,
    ConstraintBinding,
    ConstraintDrill,
    ConstraintPolicies,
)
from colonnade.usecase.practices import limits
from colonnade.workload import load
from colonnade.workload.sections.promises import Sampling

SPECIFICATION = load(Path(__file__).parents[1] / "fixtures" / "workloads" / "minimal").specification
SAMPLING = Sampling(zero_tolerance_claim=0.9, minimum_n=20, window_hours=1, coverage_minutes=3)
PASS, FAIL, INSUFFICIENT = "pass", "fail", "insufficient"


def bill(
    recorded: float, billed: float | None, age_h: float | None = 10.0, rejected: int = 0
) -> Reconciliation:
    row = Compared(
        period="2026-11-21", model="m", requests=9, unpriced=0, recorded_usd=recorded, billed_usd=billed,
        recorded_tokens=9, billed_tokens=9,
    )  # fmt: skip
    return Reconciliation(rows=[row], bills=1, rejected=rejected, age_h=age_h)


def spend(requests: int = 40, unpriced: int = 0, outcomes: int = 20, *said: str) -> SpendSeries:
    point = Point(start=0.0, requests=requests, outcomes=outcomes, unpriced=unpriced, usd=0.4, tokens=4000)
    found = [
        Anomaly(
            id=f"a{n}", what="usd_per_request", start=0.0, value=1.0, usual=0.1, score=9.0, disposition=text
        )
        for n, text in enumerate(said)
    ]
    return SpendSeries(width_s=3600.0, points=[point], anomalies=found)


def wasted(requests: int = 40, given: int = 0, cited: int = 0) -> Waste:
    part = Wasted(reason="retries", requests=1, tokens=10, usd=0.1)
    return Waste(
        requests=requests, tokens=100, usd=1.0, parts=[part], with_passages=given, with_citations=cited
    )


def budgeted(usd: float | None, taken: int | None) -> Any:
    budgets = SPECIFICATION.budgets.model_copy(update={"per_outcome_usd": usd, "tokens_per_outcome": taken})
    return SPECIFICATION.model_copy(update={"budgets": budgets})


def card(age_days: float | None = 3.0, *, known: bool = True, measured: bool = True) -> Scorecard:
    quality = Interval(0.8, 0.7, 0.9, 40) if measured else None
    model = ScoredModel(
        binding="small", model="m", known=known, input_usd=0.1, output_usd=0.4, source="a list",
        age_days=age_days, disputed=False, quality=quality,
    )  # fmt: skip
    return Scorecard(models=[model], dataset_digest="sha256:1")


def declared(*policies: str, missing: tuple[str, ...] = ()) -> ConstraintPolicies:
    binding = ConstraintBinding(kind="regime", value="gdpr", policies=list(policies), missing=list(missing))
    return ConstraintPolicies(bindings=[binding])


def broken(code: str, *, enforced: bool = True) -> ConstraintDrill:
    return ConstraintDrill(
        broken=[BrokenConstraint(policy="residency.allow-list", enforced=enforced, refused_with=code)]
    )


MONEY_CASES: list[tuple[Any, tuple[Any, ...], str]] = [
    (analysis.the_bill_agrees_with_the_meter, (bill(1.0, 1.0),), PASS),
    (analysis.the_bill_agrees_with_the_meter, (bill(19.0, 20.0),), PASS),
    (analysis.the_bill_agrees_with_the_meter, (bill(18.9, 20.0),), FAIL),
    (analysis.the_bill_agrees_with_the_meter, (bill(1.06, 1.0),), FAIL),
    (analysis.the_bill_agrees_with_the_meter, (bill(1.0, 1.0, 49.0),), FAIL),
    (analysis.the_bill_agrees_with_the_meter, (bill(1.0, 1.0, None),), FAIL),
    (analysis.the_bill_agrees_with_the_meter, (bill(1.0, 1.0, rejected=1),), FAIL),
    (analysis.the_bill_agrees_with_the_meter, (bill(1.0, None),), INSUFFICIENT),
    (analysis.costs_are_series_and_anomalies_are_explained, (spend(), SAMPLING), PASS),
    (analysis.costs_are_series_and_anomalies_are_explained, (spend(40, 0, 20, "a test"), SAMPLING), PASS),
    (analysis.costs_are_series_and_anomalies_are_explained, (spend(40, 0, 20, "a test", ""), SAMPLING), FAIL),
    (analysis.costs_are_series_and_anomalies_are_explained, (spend(40, 1), SAMPLING), FAIL),
    (analysis.costs_are_series_and_anomalies_are_explained, (spend(19), SAMPLING), INSUFFICIENT),
    (tokens.outcomes_stay_within_their_budget, (spend(), budgeted(0.02, 200), SAMPLING), PASS),
    (tokens.outcomes_stay_within_their_budget, (spend(), budgeted(0.019, 200), SAMPLING), FAIL),
    (tokens.outcomes_stay_within_their_budget, (spend(), budgeted(0.02, 199), SAMPLING), FAIL),
    (tokens.outcomes_stay_within_their_budget, (spend(), budgeted(None, 200), SAMPLING), FAIL),
    (tokens.outcomes_stay_within_their_budget, (spend(40, 1), budgeted(1, 999), SAMPLING), FAIL),
    (tokens.outcomes_stay_within_their_budget, (spend(40, 0, 19), budgeted(1, 999), SAMPLING), INSUFFICIENT),
    (tokens.waste_is_split_by_reason, (wasted(), SAMPLING), PASS),
    (tokens.waste_is_split_by_reason, (wasted(40, 5, 1), SAMPLING), PASS),
    (tokens.waste_is_split_by_reason, (wasted(40, 5, 0), SAMPLING), FAIL),
    (tokens.waste_is_split_by_reason, (wasted(19), SAMPLING), INSUFFICIENT),
    (models.models_are_scored_at_todays_prices, (card(),), PASS),
    (models.models_are_scored_at_todays_prices, (card(None),), PASS),
    (models.models_are_scored_at_todays_prices, (card(29.9),), PASS),
    (models.models_are_scored_at_todays_prices, (card(30.0),), FAIL),
    (models.models_are_scored_at_todays_prices, (card(known=False),), FAIL),
    (models.models_are_scored_at_todays_prices, (card(measured=False),), INSUFFICIENT),
    (limits.every_limit_is_bound_to_a_policy, (declared("redaction"),), PASS),
    (limits.every_limit_is_bound_to_a_policy, (ConstraintPolicies(bindings=[]),), PASS),
    (limits.every_limit_is_bound_to_a_policy, (declared(),), FAIL),
    (limits.every_limit_is_bound_to_a_policy, (declared("redaction", missing=("journal",)),), FAIL),
    (limits.what_breaks_a_limit_was_refused, (broken("residency_refused"),), PASS),
    (limits.what_breaks_a_limit_was_refused, (ConstraintDrill(broken=[]),), PASS),
    (limits.what_breaks_a_limit_was_refused, (broken(""),), FAIL),
    (limits.what_breaks_a_limit_was_refused, (broken("rate_limit_exceeded"),), FAIL),
    (limits.what_breaks_a_limit_was_refused, (broken("residency_refused", enforced=False),), FAIL),
]
