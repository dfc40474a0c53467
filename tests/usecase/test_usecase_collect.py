"""What collectors of step 1 read from git, the specification, requests and evaluations."""

from __future__ import annotations

import pytest
from observed import SCOPE, SOURCE, asked, bound, refused, specification, view_of
from whole import Whole

from colonnade.evaluation.evidence import AnswerEvaluation, Interval, RetrievalEvaluation
from colonnade.review.facts import ObservedFacts
from colonnade.usecase import collect
from colonnade.usecase.evidence import (
    IndicatorReadings,
    IntentHistory,
    ModalityRegister,
    ModalityTraffic,
    RetrievalTraffic,
)
from colonnade.usecase.facts import observed_facts
from colonnade.usecase.indicators import QUERIES, Material, read_indicators
from colonnade.workload import load
from colonnade.workload.indicators import INDICATORS
from colonnade.workload.sections.purpose import Indicator

GROUNDED = specification("grounded.yaml")
FOUND = Interval(0.8, 0.7, 0.9, 40)


def kpi(**fields: object) -> Indicator:
    known = {"id": "k", "metric": "m", "unit": "share", "baseline": 0.0, "target": 0.5, "owner": "o"}
    return Indicator(**{**known, "query": "answered_share", **fields})


def test_the_intent_that_was_committed_first(tmp_path):
    workload = load(Whole.planted(tmp_path / "r").folder)
    found = view_of(collect.intent_history(workload, [bound(at=9e9), bound(at=8e9)], SCOPE), IntentHistory)
    assert found.committed
    assert len(found.commit) == 40
    assert 0.0 < found.committed_at < 8e9
    assert found.first_binding_at == 8e9


def test_an_intent_that_stands_otherwise_in_the_folder_is_not_committed(tmp_path):
    whole = Whole.planted(tmp_path / "r")
    whole.edit("every day.", "every night.")
    found = view_of(collect.intent_history(load(whole.folder), [], SCOPE), IntentHistory)
    assert not found.committed
    assert found.first_binding_at is None


def test_without_a_repository_the_intent_is_unknown(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    whole = Whole.planted(tmp_path / "r")
    (whole.root / ".git").rename(tmp_path / "elsewhere")
    assert collect.intent_history(load(whole.folder), [], SCOPE) is None


def test_a_reading_stands_beside_its_target():
    values = {"answered_share": (0.75, 4)}
    record = collect.indicator_readings([kpi(), kpi(id="other", query="requests")], values, SCOPE)
    read, silent = view_of(record, IndicatorReadings).readings
    assert (read.value, read.n, read.reached) == (0.75, 4, True)
    assert (silent.value, silent.n, silent.reached) == (None, 0, False)
    assert record.n == 4


def test_at_most_is_reached_from_below():
    record = collect.indicator_readings([kpi(direction="at_most")], {"answered_share": (0.75, 4)}, SCOPE)
    assert not view_of(record, IndicatorReadings).readings[0].reached


def test_only_models_of_chat_routes_are_registered():
    found = view_of(collect.modality_register(GROUNDED, SCOPE), ModalityRegister)
    assert [binding.binding for binding in found.bindings] == ["small", "tiny"]
    assert found.task_output == ["text"]


def test_requests_of_another_modality_do_not_fit():
    requests = [
        asked(),
        asked(input_modality="image"),
        asked(output_modality="audio"),
        asked(endpoint="embeddings"),
    ]
    found = view_of(collect.modality_traffic(specification(), requests, SCOPE), ModalityTraffic)
    assert (found.requests, found.as_declared) == (3, 1)


def test_code_travels_as_text():
    spec = specification()
    modality = spec.task.modality.model_copy(update={"output": ["code"]})
    coding = spec.model_copy(update={"task": spec.task.model_copy(update={"modality": modality})})
    found = view_of(collect.modality_traffic(coding, [asked()], SCOPE), ModalityTraffic)
    assert found.as_declared == 1


def test_only_answers_of_grounded_routes_need_sources():
    requests = [
        asked(sources=[SOURCE]),
        asked(),
        asked(nothing_found=True),
        asked(route="talk"),
        refused("x"),
    ]
    found = view_of(collect.retrieval_traffic(GROUNDED, requests, SCOPE), RetrievalTraffic)
    assert (found.requests, found.with_sources, found.nothing_found) == (3, 1, 1)


def test_every_query_that_a_file_may_name_is_answered():
    assert set(QUERIES) == set(INDICATORS)
    assert set(read_indicators(Material([]))) == set(INDICATORS)


@pytest.mark.parametrize("query", sorted(set(INDICATORS) - {"requests", "active_keys"}))
def test_nothing_asked_gives_no_reading(query):
    assert QUERIES[query](Material([])) == (None, 0)


def test_readings_of_traffic():
    requests = [
        asked(latency_ms=10.0, usd=0.1, carbon_min_g=1.0, carbon_max_g=3.0, generation="g", sources=[SOURCE]),
        asked(latency_ms=30.0, usd=0.3, key_id="other", generation="g", footprint_tier=""),
        asked(outcome="failed", status=502),
        refused("prompt_variable_missing"),
        asked(endpoint="embeddings"),
    ]
    found = read_indicators(Material(requests))
    assert found["answered_share"] == (0.5, 4)
    assert found["error_ratio"] == (0.25, 4)
    assert found["grounded_share"] == (0.5, 2)
    assert found["latency_p95_ms"] == (30.0, 2)
    assert found["cost_per_answered_usd"] == (pytest.approx(0.2), 2)
    assert found["carbon_per_answered_g"] == (pytest.approx(2.0), 1)
    assert found["requests"] == (5.0, 5)
    assert found["active_keys"] == (2.0, 5)


def test_to_say_that_nothing_was_found_is_grounded():
    requests = [asked(generation="g", nothing_found=True), asked(generation="g")]
    assert QUERIES["grounded_share"](Material(requests)) == (0.5, 2)


def test_readings_of_evaluations():
    answers = AnswerEvaluation(
        dataset="d", dataset_digest="sha256:d", seed=1, answerable=40, unanswerable=10, overlap=FOUND,
        groundedness=FOUND, citation_precision=FOUND, refusal_recall=FOUND, false_refusals=FOUND,
    )  # fmt: skip
    retrieval = RetrievalEvaluation(dataset="d", dataset_digest="sha256:d", recall_at_5=FOUND, mrr=0.5)
    found = read_indicators(Material([], retrieval, answers))
    assert {found[name] for name in ("refusal_recall", "answer_overlap", "retrieval_recall_at_5")} == {
        (0.8, 40)
    }


def test_facts_that_traffic_confirms():
    requests = [asked(upstream="here", generation="g"), asked(upstream="simulated")]
    found = view_of(observed_facts(GROUNDED, requests, SCOPE), ObservedFacts)
    assert found.facts == {"rag": True, "hosting": "self"}
    assert found.n == {"rag": 2, "hosting": 1}


def test_own_machines_beside_a_provider_are_hybrid():
    upstreams = {
        **GROUNDED.upstreams,
        "far": GROUNDED.upstreams["here"].model_copy(update={"kind": "openai_compatible"}),
    }
    spec = GROUNDED.model_copy(update={"upstreams": upstreams})
    requests = [asked(upstream="here"), asked(upstream="far")]
    assert observed_facts(spec, requests, SCOPE).facts["facts"]["hosting"] == "hybrid"


def test_nothing_that_was_answered_says_nothing():
    found = view_of(observed_facts(GROUNDED, [refused("x")], SCOPE), ObservedFacts)
    assert (found.facts, found.n) == ({}, {})


def test_answers_from_the_simulator_say_nothing_of_hosting():
    found = view_of(observed_facts(GROUNDED, [asked()], SCOPE), ObservedFacts)
    assert found.facts == {"rag": False}
