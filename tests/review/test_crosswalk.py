"""A framework's view shows the same evidence by the framework's ids, every id of it, and never says more."""

from __future__ import annotations

import json

import pytest
from review_world import SIGNALS, observed, record, reviewed

from colonnade.review.catalogue import catalogue
from colonnade.review.crosswalk import Crosswalk, crosswalk
from colonnade.review.frameworks import framework_names, pinned_lists


def walked(framework, records=(), **changes) -> Crosswalk:
    pinned = catalogue().frameworks[framework]
    return crosswalk(reviewed(list(records), **changes), pinned, catalogue().map_semantics)


@pytest.mark.parametrize("framework", framework_names())
def test_every_id_of_the_list_is_there_in_order_with_its_version(framework: str) -> None:
    shown = walked(framework)
    pinned = pinned_lists()[framework]
    assert tuple(each.id for each in shown.requirements) == pinned.in_order
    assert shown.version == pinned.version
    assert sum(shown.standings.values()) == len(pinned.in_order)


@pytest.mark.parametrize("framework", framework_names())
def test_contributions_are_exactly_what_practices_map(framework: str) -> None:
    shown = {
        (each.id, given.practice) for each in walked(framework).requirements for given in each.contributions
    }
    mapped = {
        (each, practice.id) for practice in catalogue().practices for each in practice.maps.get(framework, ())
    }
    assert shown == mapped


def test_titles_stand_beside_ids_where_they_are_public() -> None:
    titles = {each.id: each.title for each in walked("owasp_llm_2025").requirements}
    assert titles["LLM01"] == "Prompt Injection"
    assert all(titles.values())
    assert {each.title for each in walked("iso_42001").requirements} == {""}


def test_standings_follow_from_the_states_of_practices() -> None:
    shown = walked("owasp_llm_2025", [record(*key) for key in SIGNALS])
    assert {each.standing for each in shown.requirements if each.contributions} == {"contributing"}
    nothing = walked("owasp_llm_2025")
    assert {each.standing for each in nothing.requirements} <= {"open", "not_applicable", "no_contribution"}


def test_ids_that_nobody_contributes_to_are_listed() -> None:
    shown = walked("nist_ai_600_1", [record(*key) for key in SIGNALS])
    bare = [each for each in shown.requirements if not each.contributions]
    assert bare
    assert {each.standing for each in bare} == {"no_contribution"}


def test_one_proven_practice_contributes_whatever_the_others_do() -> None:
    pinned = catalogue().frameworks["owasp_llm_2025"]
    shared = next(
        each
        for each in pinned.in_order
        if sum(each in practice.maps.get(pinned.name, ()) for practice in catalogue().practices) > 1
    )
    first = next(p.id for p in catalogue().practices if shared in p.maps.get(pinned.name, ()))
    shown = walked("owasp_llm_2025", [record(*key) for key in SIGNALS if key[0] == first])
    found = next(each for each in shown.requirements if each.id == shared)
    assert found.standing == "contributing"
    assert {each.state for each in found.contributions} > {"proven"}


def test_a_practice_out_of_scope_contributes_nothing() -> None:
    shown = walked("gdpr", [observed({"pii": False})])
    states = {given.state for each in shown.requirements for given in each.contributions}
    assert "not_applicable" in states
    assert not any(
        each.standing == "contributing"
        for each in shown.requirements
        if {given.state for given in each.contributions} == {"not_applicable"}
    )


def test_it_never_claims_that_a_requirement_is_met() -> None:
    shown = walked("eu_ai_act", [record(*key) for key in SIGNALS])
    assert "never shows that it is met" in shown.semantics
    assert "reader's determination" in shown.note
    text = shown.encode().decode().lower()
    assert "compliant" not in text
    assert "complies" not in text
    assert json.loads(text)["schema"] == "colonnade.crosswalk/1"


def test_same_review_same_bytes() -> None:
    assert walked("gdpr").encode() == walked("gdpr").encode()
