"""What the caches did, as the journal tells it."""

from __future__ import annotations

import pytest
from observed import NOW, SCOPE, asked, specification, view_of

from colonnade.performance.cache_collect import cache_use
from colonnade.performance.evidence import CacheUse, SimilarUse

AGAIN = {"reached_upstream": False, "attempts": 0, "usage_reported": True}
TTL_S = specification().routes["answer"].cache_ttl_s


def use(*requests) -> CacheUse:
    return view_of(cache_use(specification(), requests, SCOPE), CacheUse)


def given(cache="hit", age_s=10.0, **fields):
    """An answer that was given again, so long after the usual one was made."""
    at = NOW - 59.0 + age_s
    return asked(cache=cache, opened_at=at, closed_at=at + 0.01, **{**AGAIN, **fields})


def test_verdicts_are_counted_apart_and_hits_together():
    requests = [
        asked(cache="miss", fresh_input=7, cache_read=3, cache_write=2, cache_write_1h=4),
        given("hit", cache_read=40, saved_tokens=40, saved_usd=0.5, saved_ms=100.0, saved_energy_wh=0.1),
        given("shared", cache_read=40, saved_tokens=40, saved_usd=0.5, saved_ms=100.0, saved_energy_wh=0.1),
        given("similar", cache_read=40, saved_tokens=40, saved_usd=0.5, saved_ms=100.0, saved_energy_wh=0.1),
        asked(cache="agreed"),
        asked(cache="bypass"),
        asked(cache="off", fresh_input=1, cache_read=5),
    ]
    found = use(*requests)
    assert (found.requests, found.hits, found.misses, found.bypassed) == (6, 3, 2, 1)
    assert (found.shared, found.similar, found.tokens_avoided) == (1, 1, 120)
    assert (found.saved_usd, found.saved_ms, found.saved_energy_wh) == (1.5, 300.0, pytest.approx(0.3))
    assert (found.prefix_tokens, found.prefix_written, found.input_tokens) == (8, 6, 22)


def test_records_from_before_savings_were_kept_count_what_was_read():
    assert use(given(cache_read=40)).tokens_avoided == 40


def test_similar_answers_are_told_by_route():
    requests = [
        given("similar"),
        asked(cache="agreed"),
        asked(cache="differed"),
        asked(cache="differed", route="brief"),
        asked(cache="miss"),
    ]
    assert use(*requests).by_similarity == [
        SimilarUse(route="answer", hits=1, held_out=2, differed=1),
        SimilarUse(route="brief", hits=0, held_out=1, differed=1),
    ]


@pytest.mark.parametrize(("age_s", "late"), [(1.0, 0), (TTL_S - 1.0, 0), (TTL_S + 1.0, 1)])
def test_the_journal_tells_how_old_an_answer_was_that_was_given_again(age_s, late):
    found = use(asked(cache="miss"), given(age_s=age_s))
    assert (found.aged, found.late) == (1, late)


@pytest.mark.parametrize(
    "fields",
    [
        {"answer_digest": ""},
        {"answer_digest": "sha256:other"},
        {"route": "brief"},
        {"route": "gone"},
        {"endpoint": "embeddings"},
        {"outcome": "abandoned"},
    ],
)
def test_an_answer_whose_making_is_not_in_the_window_tells_nothing(fields):
    assert use(asked(cache="miss"), given(age_s=TTL_S + 1.0, **fields)).aged == 0


def test_an_answer_that_was_made_again_meanwhile_is_as_young_as_that():
    again = asked(cache="miss", opened_at=NOW + TTL_S, closed_at=NOW + TTL_S)
    assert use(asked(cache="miss"), again, given(age_s=TTL_S + 70.0)).late == 0
