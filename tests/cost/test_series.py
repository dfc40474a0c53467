"""Costs are a series; what stands out is found whatever the others are, and waste is split without counting twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from observed import NOW, SCOPE, asked, refused, view_of

from colonnade.cost.collect import spend_series, waste_split
from colonnade.cost.evidence import SpendSeries, Waste
from colonnade.cost.series import DAY_S, HOUR_S, series, used, useful
from colonnade.cost.waste import REASONS, kinds_used, waste
from colonnade.evidence.change import Change

START = NOW // DAY_S * DAY_S


def paid(usd=0.01, hour=0, **fields):
    known = {
        "usd": usd,
        "price_known": True,
        "fresh_input": 100,
        "output": 20,
        "opened_at": START + hour * HOUR_S + 1,
    }
    return asked(**{**known, **fields})


def hours(*prices, each=3):
    return [paid(usd, hour) for hour, usd in enumerate(prices) for _ in range(each)]


def test_a_point_has_what_a_request_and_a_useful_answer_cost():
    requests = [paid(), paid(finish="length"), paid(outcome="failed"), refused("rate_limit_exceeded")]
    [point] = series(requests, {}).points
    assert (point.requests, point.outcomes, point.tokens) == (3, 1, 360)
    assert point.usd_per_request == pytest.approx(0.01)
    assert point.usd_per_outcome == pytest.approx(0.03)
    assert point.tokens_per_outcome == 360


def test_unknown_prices_are_counted_beside_the_sum():
    [point] = series([paid(), paid(0.05, price_known=False)], {}).points
    assert (point.unpriced, point.usd) == (1, 0.01)


def test_what_the_cache_answered_was_not_used_and_what_was_lost_was():
    hit = paid(0.0, reached_upstream=False, cache="hit", cache_read=500, fresh_input=0, output=0)
    assert (used(hit), useful(hit)) == (0, True)
    assert used(paid(lost_tokens=30)) == 150


def test_an_hour_that_stands_out_is_found_and_named_by_its_time():
    found = series(hours(0.010, 0.011, 0.009, 0.010, 0.012, 0.5, 0.010, 0.011), {})
    assert {it.start for it in found.anomalies} == {START + 5 * HOUR_S}
    assert {it.what for it in found.anomalies} == {"usd_per_request", "usd_per_outcome"}
    [first, *_] = found.anomalies
    assert first.id.startswith("usd_per_request@20")
    assert first.score > 3.5
    assert first.usual == pytest.approx(0.0105)


def test_a_disposition_stays_with_its_anomaly():
    requests = hours(0.010, 0.011, 0.009, 0.010, 0.012, 0.5)
    [name] = [it.id for it in series(requests, {}).anomalies if it.what == "usd_per_request"]
    said = Change(kind="anomaly", name=name, at=NOW, actor="noor", reason="a load test", after="disposed")
    view = view_of(spend_series(requests, [said], SCOPE), SpendSeries)
    assert {it.id: it.disposition for it in view.anomalies}[name] == "a load test"
    assert "" in {it.disposition for it in view.anomalies}


def test_hours_that_are_alike_have_no_anomaly_and_one_other_among_them_is_one():
    assert not series(hours(*[0.01] * 12), {}).anomalies
    assert series(hours(*[0.01] * 12, 0.02), {}).anomalies
    assert not series(hours(*[0.01] * 12, 0.0115), {}).anomalies


def test_few_hours_do_not_tell_what_is_usual():
    assert not series(hours(0.01, 0.01, 0.01, 0.01, 5.0), {}).anomalies


def test_days_are_a_series_too():
    requests = [paid(0.01 if day != 3 else 1.0, hour=24 * day) for day in range(8)]
    found = series(requests, {}, DAY_S)
    assert len(found.points) == 8
    assert len(found.anomalies[0].id.partition("@")[2]) == len("2026-11-22")


@given(st.lists(st.tuples(st.integers(0, 47), st.floats(0, 100), st.integers(0, 500)), max_size=40))
def test_the_points_add_up_to_the_requests(rows):
    requests = [paid(usd, hour, lost_tokens=lost) for hour, usd, lost in rows]
    total = series(requests, {}).total
    assert total.usd == pytest.approx(sum(usd for _, usd, _ in rows))
    assert total.tokens == sum(120 + lost for _, _, lost in rows)
    assert total.requests == len(rows)


def parts(found):
    return {part.reason: (part.requests, part.tokens, pytest.approx(part.usd)) for part in found.parts}


def test_waste_is_split_by_reason():
    requests = [
        paid(prompt_digest="one"),
        paid(prompt_digest="one", hour=1),
        paid(prompt_digest="two", finish="length"),
        paid(0.015, prompt_digest="three", lost_tokens=60, lost_usd=0.005),
        paid(prompt_digest="four", cited_sources=1, uncited_tokens=40, sources=[_source()]),
    ]
    assert parts(waste(requests)) == {
        "retries": (1, 60, 0.005),
        "truncation": (1, 120, 0.01),
        "unused_context": (1, 40, 0.01 / 3),
        "repeated_prompts": (1, 120, 0.01),
    }


def test_a_repetition_is_one_of_the_same_route_and_prompt_that_asked_a_model_again():
    hit = paid(0.0, prompt_digest="one", reached_upstream=False, attempts=0, hour=1)
    others = [paid(prompt_digest="one", route="brief"), paid(prompt_digest="one", prompt_version="sha256:w")]
    assert parts(waste([paid(prompt_digest="one"), hit, *others]))["repeated_prompts"][0] == 0
    assert parts(waste([paid(prompt_digest=""), paid(prompt_digest="")]))["repeated_prompts"][0] == 0


def test_where_no_answer_cites_unused_context_cannot_be_told():
    view = view_of(waste_split([paid(sources=[_source()])], SCOPE), Waste)
    assert (view.with_passages, view.with_citations) == (1, 0)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3), st.sampled_from(["stop", "length"]), st.integers(0, 300), st.integers(0, 300)
        ),
        max_size=20,
    )
)
def test_no_token_is_wasted_twice(rows):
    requests = [
        paid(
            prompt_digest=f"q{number}",
            finish=finish,
            lost_tokens=lost,
            uncited_tokens=uncited,
            cited_sources=1,
        )
        for number, finish, lost, uncited in rows
    ]
    found = waste(requests)
    assert [part.reason for part in found.parts] == list(REASONS)
    assert 0 <= sum(part.tokens for part in found.parts) <= found.tokens
    assert sum(part.usd for part in found.parts) <= found.usd + sum(it.lost_usd for it in requests) + 1e-9
    assert found.tokens == sum(kinds_used(requests).values())


def _source():
    return {"id": "s", "document": "d", "document_version": "v", "score": 1.0}
