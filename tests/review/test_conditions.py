"""Conditions say what the catalogue needs and nothing else; observation beats declaration."""

from __future__ import annotations

import pytest
from review_world import observed, record, reviewed, specification

from colonnade.errors import CannotEvaluate
from colonnade.review.catalogue import catalogue
from colonnade.review.facts import FaultyCondition, condition, contradicted, declared_facts, observed_facts

TYPES = {name: fact.type for name, fact in catalogue().facts.items()}
FACTS = declared_facts(specification())


def _holds(text, **facts):
    return condition(text, TYPES).holds({**FACTS, **facts})


def test_conditions_of_the_catalogue():
    assert _holds("always")
    assert not _holds("adaptation != none or rag")
    assert _holds("adaptation != none or rag", rag=True)
    assert _holds("adaptation != none or rag", adaptation="custom")
    assert _holds("hosting in [self, hybrid]", hosting="hybrid")
    assert not _holds("hosting in [self, hybrid]", hosting="managed")
    assert _holds("stored_gb >= 10", stored_gb=10)
    assert not _holds("stored_gb >= 10", stored_gb=9.99)
    assert _holds("criticality == high or acts", criticality="high")
    assert _holds("not pii and not acts")


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('x')", "pii.__class__", "facts['pii']", "lambda: 1", "pii if rag else acts", "1 + 1",
        "unknown_fact", "hosting", "hosting == everywhere", "hosting in self", "stored_gb >= lots", "pii >", "",
        "pii == 1", "1 < stored_gb", "stored_gb == [10]", "1 < stored_gb < 2", "stored_gb is 1", "'self' == hosting",
    ],
)  # fmt: skip
def test_nothing_else_can_be_said(text):
    with pytest.raises(FaultyCondition):
        condition(text, TYPES)


def test_every_fact_of_the_catalogue_is_declared():
    assert set(catalogue().facts) == set(declared_facts(specification()))


def test_declared_facts_of_several_sections():
    assert FACTS["permitted_regions"] == 1
    assert FACTS["modality"] == "text"
    assert FACTS["adaptation"] == "none"
    assert FACTS["rag"] is False


def test_only_what_would_turn_a_condition_contradicts_it():
    small = condition("stored_gb >= 10", TYPES)
    assert contradicted([small], FACTS, {"stored_gb": 0.3}) == ()
    assert contradicted([small], FACTS, {"stored_gb": 30}) == ("stored_gb",)


def test_absence_needs_samples_and_a_sighting_does_not():
    declared = {**FACTS, "pii": True}
    assert observed_facts([observed({"pii": False}, {"pii": 4})], declared, 5) == {}
    assert observed_facts([observed({"pii": False}, {"pii": 5})], declared, 5) == {"pii": False}
    assert observed_facts([observed({"pii": True}, {"pii": 1})], declared, 5) == {"pii": True}


def test_a_thin_absence_does_not_clear_an_older_sighting():
    newest_first = [observed({"pii": False}, {"pii": 1}), observed({"pii": True}, {"pii": 1})]
    assert observed_facts(newest_first, FACTS, 5) == {"pii": True}


@pytest.mark.parametrize(
    "facts", [{"pii": "yes"}, {"hosting": True}, {"stored_gb": True}, {"weather": "fine"}]
)
def test_an_observation_of_another_type_stops_the_review(facts):
    with pytest.raises(CannotEvaluate):
        reviewed([observed(facts)])


def test_an_observation_of_another_shape_stops_the_review():
    with pytest.raises(CannotEvaluate, match=r"facts\.observed"):
        reviewed([record("x", 1, topic="facts.observed", facts={"pii": True})])


def test_declared_free_of_personal_data_and_detected_is_a_conflict():
    row = reviewed([observed({"pii": True})]).row("RAI-10")
    assert (row.state, row.score, row.level) == ("conflict", 0.0, "HIGH")
    assert row.reason == "`facts.pii` declares false, observed: true"
    assert reviewed([]).row("RAI-10").state == "not_applicable"


def test_a_conflict_stays_until_a_newer_observation_clears_it():
    old_sighting = observed({"pii": True}, age_days=900)
    assert reviewed([old_sighting]).row("RAI-10").state == "conflict"
    cleared = observed({"pii": False}, age_days=1)
    row = reviewed([old_sighting, cleared]).row("RAI-10")
    assert row.state == "not_applicable"
    assert row.reason.endswith("and observation agrees")


def test_a_conflict_touches_only_rows_that_depend_on_the_fact():
    before, after = reviewed([]), reviewed([observed({"pii": True})])
    touched = {a.id for a, b in zip(before.rows, after.rows, strict=True) if a != b}
    assert touched
    practices = {each.id: each for each in catalogue().practices}
    assert all("pii" in practices[name].applies_when.facts for name in touched)
