"""The catalogue is whole, its ids are pinned, and the page about it is what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from colonnade.assembly.reviewing import judges
from colonnade.review.catalogue import PILLARS, PREFIXES, catalogue
from colonnade.review.frameworks import pinned_lists
from colonnade.review.reference import not_yet_judged, practices_page, standings

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "practices.md"
COUNTS = {
    "aws_genai_lens": 51, "aws_rai_lens": 99, "aws_waf": 306, "owasp_llm_2025": 10, "nist_ai_rmf": 72,
    "nist_ai_600_1": 211, "iso_42001": 38, "eu_ai_act": 19, "gdpr": 8,
}  # fmt: skip
"""How many ids each pinned list has; a list never changes in silence."""


def test_there_are_93_practices_with_208_signals():
    practices = catalogue().practices
    assert len(practices) == 93
    assert sum(len(practice.signals) for practice in practices) == 208
    assert sum(practice.attestation for practice in practices) == 8


def test_the_catalogue_follows_the_order_of_the_pillars():
    assert list(dict.fromkeys(practice.pillar for practice in catalogue().practices)) == list(PILLARS)
    assert set(PREFIXES) == set(PILLARS)


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_pinned_lists_have_the_ids_they_had(name):
    assert len(pinned_lists()[name].ids) == COUNTS[name]


def test_every_id_in_use_is_confirmed_in_its_pinned_list():
    lists = pinned_lists()
    used = {(name, each) for row in catalogue().practices for name, ids in row.maps.items() for each in ids}
    assert {(name, each) for name, each in used if each not in lists[name].ids} == set()


def test_every_framework_names_its_version_and_source():
    for pinned in catalogue().frameworks.values():
        assert pinned.version
        assert pinned.source
        assert pinned.confirmed


def test_every_practice_has_a_judge_or_is_listed_as_not_yet_judged():
    page = PAGE.read_text("utf-8")
    listed = page.partition("## Not yet judged")[2].partition("## Frameworks")[0]
    missing = {practice.id for practice in not_yet_judged(catalogue(), judges())}
    assert {
        line.split("|")[1].strip() for line in listed.splitlines() if line.startswith("| ") and "-" in line
    } - {"practice"} == missing


def test_every_signal_is_judged_or_waits_for_a_mechanism_that_the_page_names():
    page = PAGE.read_text("utf-8")
    found = standings(catalogue(), judges())
    assert len(found) == 208
    waiting = [each for each in found if not each.judge]
    assert all(each.waits_for for each in waiting)
    assert page.count("Not yet judged; it waits for: ") == len(waiting)


def test_every_judge_names_a_signal_of_the_catalogue_and_none_is_judged_twice():
    known = {(row.id, signal.number) for row in catalogue().practices for signal in row.signals}
    named = [(judge.practice, judge.number) for judge in judges()]
    assert set(named) <= known
    assert len(set(named)) == len(named)


def test_every_judge_says_how_to_improve():
    assert [judge.function.__name__ for judge in judges() if not judge.improve.strip()] == []


def test_the_page_of_practices_is_what_the_code_says():
    written = PAGE.read_text("utf-8")
    said = practices_page(catalogue(), judges())
    assert written == said, "run: colonnade explain practices --markdown > docs/reference/practices.md"
