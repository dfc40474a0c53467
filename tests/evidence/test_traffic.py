"""A summary's figures are those of the requests it was made of."""

from __future__ import annotations

import msgspec
import pytest
from samples import START, opening, request

from colonnade.evidence.request import SourceLine
from colonnade.evidence.traffic import percentile, summarise


def test_no_traffic():
    summary = summarise([])
    assert summary.total.requests == 0
    assert summary.recorded_share == 1.0
    assert summary.error_ratio == 0.0
    assert summary.latency_p95_ms is None
    assert summary.first_at is None


def test_counts_and_ratios():
    summary = summarise(
        [
            *(request(number) for number in range(6)),
            request(6, outcome="failed", status=504),
            opening(7),
            request(8, outcome="refused", status=400),
            request(9, outcome="abandoned"),
        ]
    )
    assert summary.outcomes == {"answered": 6, "failed": 1, "interrupted": 1, "refused": 1, "abandoned": 1}
    assert (summary.recorded, summary.recorded_share) == (9, 0.9)
    assert summary.error_ratio == 2 / 8
    assert (summary.first_at, summary.last_at, summary.minutes) == (START, START + 9, 1)


def test_latencies_are_order_statistics_of_answered_requests():
    answered = [request(n, latency_ms=float(n), first_byte_ms=n / 10 or None) for n in range(1, 101)]
    summary = summarise([*answered, request(0, latency_ms=1e9, outcome="failed")])
    assert (summary.latency_p50_ms, summary.latency_p95_ms) == (50.0, 95.0)
    assert (summary.first_byte_p50_ms, summary.first_byte_p95_ms) == (5.0, 9.5)


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1), (0.5, 2), (0.51, 3), (1.0, 4)])
def test_nearest_rank(share, expected):
    assert percentile([4, 2, 1, 3], share) == expected


def test_sums_and_breakdowns():
    summary = summarise(
        [
            request(
                1, usd=0.5, output=10, fresh_input=5, labels={"team": "a"}, price_known=True, finish="length"
            ),
            request(
                2, usd=0.25, reasoning=3, labels={"team": "b"}, route="other", carbon_max_g=2.0, cache="hit"
            ),
            request(3, labels={"team": "a"}, sources=[SourceLine("s", "d", "v", 1.0)], disclosed=True),
        ]
    )
    assert summary.total.usd == 0.75
    assert (summary.total.fresh_input, summary.total.output, summary.total.reasoning) == (5, 10, 3)
    assert {route: totals.requests for route, totals in summary.by_route.items()} == {"answer": 2, "other": 1}
    assert summary.by_label["team"]["a"].usd == 0.5
    assert summary.by_label["team"]["b"].carbon_max_g == 2.0
    assert (summary.truncated, summary.cache_hits, summary.with_sources, summary.disclosed) == (1, 1, 1, 1)
    assert summary.price_known == 1
    assert summary.finishes == {"length": 1}


def test_minutes_of_the_clock_are_counted_once():
    summary = summarise(request(number, opened_at=START + 20.0 * number) for number in range(9))
    assert summary.minutes == len({int((START + 20.0 * number) // 60) for number in range(9)})


def test_a_summary_is_plain_data():
    summary = summarise([request(1, labels={"team": "a"})])
    assert msgspec.json.decode(msgspec.json.encode(summary), type=type(summary)) == summary
