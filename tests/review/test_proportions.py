"""Bounds agree with values worked out elsewhere, and thin evidence never passes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.review import proportions
from colonnade.review.proportions import (
    all_of,
    binomial_at_least,
    binomial_at_most,
    needed_for,
    none_of,
    percent,
    quantile_at_most,
    quantile_rank,
    share_at_least,
    share_at_most,
    wilson_lower,
    wilson_upper,
)
from colonnade.workload.sections.promises import Sampling

PRODUCTION = Sampling()
REHEARSAL = Sampling(zero_tolerance_claim=0.9, minimum_n=30)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    # Newcombe 1998, table I, method 3, for two-sided 95% intervals.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_formula_agrees_with_published_intervals(k, n, low, high):
    assert proportions._wilson(k, n, -1.959964) == pytest.approx(low, abs=5e-5)
    assert proportions._wilson(k, n, 1.959964) == pytest.approx(high, abs=5e-5)


@given(st.integers(1, 5000), st.data())
def test_a_lower_bound_is_the_share_that_the_score_test_just_rejects(n, data):
    k = data.draw(st.integers(1, n))
    low = wilson_lower(k, n)
    assert (k / n - low) / math.sqrt(low * (1 - low) / n) == pytest.approx(proportions.Z95, rel=1e-6)


def test_wilson_bounds_mirror_each_other():
    assert wilson_upper(3, 40) == pytest.approx(1 - wilson_lower(37, 40))
    assert wilson_upper(10, 10) == 1.0
    assert (wilson_lower(0, 0), wilson_upper(0, 0)) == (0.0, 1.0)


def test_the_rule_of_three():
    assert needed_for(0.999) == 3000
    assert needed_for(0.99) == 300
    assert needed_for(0.9) == 30


@given(st.integers(1, 400), st.data())
def test_binomial_tails_agree_with_direct_sums(n, data):
    k = data.draw(st.integers(0, n))
    p = data.draw(st.floats(0.01, 0.99))
    direct = math.fsum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k + 1))
    assert binomial_at_most(k, n, p) == pytest.approx(direct, abs=1e-9)
    assert binomial_at_least(k, n, p) == pytest.approx(
        1 - direct + math.comb(n, k) * p**k * (1 - p) ** (n - k), abs=1e-9
    )


def test_a_share_passes_only_when_its_lower_bound_does():
    assert share_at_least(95, 100, 0.9, PRODUCTION, "do").outcome == "pass"
    assert share_at_least(93, 100, 0.9, PRODUCTION, "do").outcome == "insufficient"
    assert share_at_least(80, 100, 0.9, PRODUCTION, "do").outcome == "fail"
    assert share_at_least(29, 29, 0.5, PRODUCTION, "do").outcome == "insufficient"
    assert share_at_least(0, 0, 0.5, PRODUCTION, "do").outcome == "insufficient"


def test_a_clear_failure_needs_no_minimum():
    assert share_at_least(0, 10, 0.9, PRODUCTION, "do").outcome == "fail"


def test_a_share_at_most_is_the_mirror_image():
    assert share_at_most(1, 100, 0.05, PRODUCTION, "fail").outcome == "pass"
    assert share_at_most(4, 100, 0.05, PRODUCTION, "fail").outcome == "insufficient"
    assert share_at_most(20, 100, 0.05, PRODUCTION, "fail").outcome == "fail"


def test_zero_tolerance_counts_clean_samples():
    assert none_of(0, 2999, PRODUCTION, "leak").outcome == "insufficient"
    assert none_of(0, 3000, PRODUCTION, "leak").outcome == "pass"
    assert none_of(1, 100_000, PRODUCTION, "leak").outcome == "fail"
    assert none_of(0, 30, REHEARSAL, "leak").outcome == "pass"
    assert none_of(0, 0, REHEARSAL, "leak").outcome == "insufficient"


def test_all_of_says_it_the_other_way_round():
    assert all_of(30, 30, REHEARSAL, "carry labels").outcome == "pass"
    assert all_of(29, 30, REHEARSAL, "carry labels").outcome == "fail"
    assert all_of(29, 29, REHEARSAL, "carry labels").outcome == "insufficient"


def test_thresholds_at_the_ends_are_zero_tolerance():
    assert share_at_least(30, 30, 1.0, REHEARSAL, "do").outcome == "pass"
    assert share_at_most(0, 29, 0.0, REHEARSAL, "do").outcome == "insufficient"


def test_a_quantile_needs_fifty_nine_values():
    # 0.95 ** 59 is the first power below 0.05.
    assert quantile_rank(58, 0.95) is None
    assert quantile_rank(59, 0.95) == 59
    assert quantile_at_most(58, 58, 0.95, REHEARSAL, "in time").outcome == "insufficient"
    assert quantile_at_most(59, 59, 0.95, REHEARSAL, "in time").outcome == "pass"
    assert quantile_at_most(80, 100, 0.95, REHEARSAL, "in time").outcome == "fail"
    assert quantile_at_most(95, 100, 0.95, REHEARSAL, "in time").outcome == "insufficient"


@given(st.integers(59, 2000))
def test_the_quantile_rank_and_the_verdict_agree(n):
    rank = quantile_rank(n, 0.95)
    assert quantile_at_most(rank, n, 0.95, REHEARSAL, "x").outcome == "pass"
    assert quantile_at_most(rank - 1, n, 0.95, REHEARSAL, "x").outcome != "pass"


@given(st.integers(0, 500), st.integers(0, 500), st.floats(0.01, 0.99))
def test_verdicts_carry_their_numbers(good, bad, threshold):
    verdict = share_at_least(good, good + bad, threshold, REHEARSAL, "do")
    assert verdict.n == good + bad
    assert f"{good} of {good + bad} do" in verdict.reason


def test_percentages_never_round_up():
    assert percent(0.99999) == "99.99%"
    assert percent(0.9) == "90%"
    assert percent(0.29) == "29%"
    assert percent(1.0) == "100%"
