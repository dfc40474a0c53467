"""Intervals are those of the books, and cover what they claim to cover."""

import random

import pytest

from colonnade.evaluation.intervals import mean, proportion


def test_wilson_by_hand():
    # 8 of 10 at z = 1.6449: centre 0.8 + 0.135277 = 0.935277, spread 1.6449 * sqrt(0.016 + 0.0067639) = 0.248176
    interval = proportion(8, 10)
    assert interval.low == pytest.approx((0.935277 - 0.248176) / 1.270554, abs=1e-5)
    assert interval.high == pytest.approx((0.935277 + 0.248176) / 1.270554, abs=1e-5)
    assert (interval.value, interval.n) == (0.8, 10)


def test_the_edges():
    assert (proportion(0, 0).low, proportion(0, 0).high) == (0.0, 1.0)
    assert proportion(0, 20).low == 0.0
    assert proportion(0, 20).high == pytest.approx(2.7055 / 22.7055, abs=1e-4)
    assert proportion(20, 20).high == 1.0
    assert 0.0 < proportion(20, 20).low < 1.0


def test_the_same_seed_gives_the_same_interval():
    source = random.Random(1)
    values = [source.random() for _ in range(40)]
    assert mean(values, 5) == mean(values, 5)
    assert mean(values, 5) != mean(values, 6)
    assert mean(values, 5).value == pytest.approx(sum(values) / 40)


@pytest.mark.parametrize("values", [[1.0] * 6, [0.5] * 30, [0.3, 0.4], [], [0.0, 1.0] * 10])
def test_where_the_bootstrap_is_too_sure_wilson_answers(values: list[float]):
    assert mean(values, 0) == proportion(sum(values), len(values))
    assert mean(values, 0).high - mean(values, 0).low > 0.2


@pytest.mark.parametrize(("share", "n"), [(0.5, 20), (0.9, 30), (0.97, 50)])
def test_wilson_covers_about_nine_times_in_ten(share: float, n: int):
    source = random.Random(11)
    covered = 0
    for _ in range(1000):
        interval = proportion(sum(source.random() < share for _ in range(n)), n)
        covered += interval.low <= share <= interval.high
    assert 840 <= covered <= 985


def test_the_bootstrap_covers_about_nine_times_in_ten():
    source = random.Random(12)
    covered = 0
    for trial in range(150):
        interval = mean([source.betavariate(2, 3) for _ in range(25)], trial)
        covered += interval.low <= 0.4 <= interval.high
    assert 120 <= covered <= 148
