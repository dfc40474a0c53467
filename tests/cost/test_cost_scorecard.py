"""The bound text models stand beside each other with price, the price's age, and quality where it was measured."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest
from observed import NOW, SCOPE, WHOLE, specification, view_of

from colonnade.cost.evidence import Scorecard
from colonnade.cost.prices import Fixed, Price, PriceBook
from colonnade.cost.rates import NO_CHARGE
from colonnade.cost.scorecard import age_days, evaluated_binding, scorecard
from colonnade.evaluation.evidence import AnswerEvaluation, Interval
from colonnade.registry.folder import load_workload

QUALITY = Interval(0.8, 0.7, 0.9, 40)
EVALUATION = AnswerEvaluation(
    dataset="questions", dataset_digest="sha256:d", seed=0, answerable=1, unanswerable=1, overlap=QUALITY,
    groundedness=QUALITY, citation_precision=QUALITY, refusal_recall=QUALITY, false_refusals=QUALITY,
)  # fmt: skip


def card(price: Price, evaluation=EVALUATION, evaluated="small") -> Scorecard:
    book = PriceBook({"small": Fixed(price)})
    return view_of(scorecard(specification(), book, evaluation, evaluated, SCOPE), Scorecard)


def test_price_age_and_quality_are_shown():
    found = card(Price(NO_CHARGE, "a list", "2027-01-01"))
    [model] = found.models
    assert (model.binding, model.known, model.quality) == ("small", True, QUALITY)
    assert model.age_days == pytest.approx((NOW - datetime(2027, 1, 1, tzinfo=UTC).timestamp()) / 86_400)
    assert found.dataset_digest == "sha256:d"


def test_quality_is_that_of_the_model_that_was_asked():
    assert card(Price(NO_CHARGE, "a list"), evaluated="other").models[0].quality is None
    assert card(Price(NO_CHARGE, "a list"), evaluation=None).models[0].quality is None


def test_own_hardware_has_no_price_that_could_be_old():
    assert age_days(Price(NO_CHARGE, "own hardware"), NOW) is None


def test_an_unknown_price_is_said_to_be_unknown():
    assert not card(Price(None, "not in the price list")).models[0].known


def test_the_evaluated_model_is_that_of_the_suites_route_or_the_only_one(tmp_path):
    shutil.copytree(WHOLE / "workload", tmp_path / "w", ignore=shutil.ignore_patterns(".colonnade"))
    workload = load_workload(tmp_path / "w")
    assert evaluated_binding(workload) == "small"
    suite = tmp_path / "w" / "evals" / "suite.yaml"
    suite.write_text("dataset: questions.jsonl\nroute: nowhere\n", encoding="utf-8")
    assert evaluated_binding(workload) == ""
    suite.write_text("dataset: questions.jsonl\nroute: answer\n", encoding="utf-8")
    assert evaluated_binding(workload) == "small"
    suite.write_text("route: 7\n", encoding="utf-8")
    assert evaluated_binding(workload) == ""
