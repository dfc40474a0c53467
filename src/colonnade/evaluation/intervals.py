"""Every figure of an evaluation carries an interval: 90% two-sided, so that each end is a one-sided 95% bound."""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import floor, sqrt

from colonnade.evaluation.evidence import Interval

_Z = 1.6448536269514722  # the 95% quantile of the normal distribution
_RESAMPLES = 2000
_FEW = 10


def proportion(successes: float, n: int) -> Interval:
    """Wilson's score interval for a share (Wilson, 1927); [0, 1] where nothing was looked at."""
    if n == 0:
        return Interval(0.0, 0.0, 1.0, 0)
    share = successes / n
    centre = share + _Z * _Z / (2 * n)
    spread = _Z * sqrt(share * (1 - share) / n + _Z * _Z / (4 * n * n))
    scale = 1 + _Z * _Z / n
    return Interval(share, max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale), n)


def mean(values: Sequence[float], seed: int) -> Interval:
    """The mean of values between 0 and 1 with a percentile bootstrap interval (Efron, 1979).

    Under ten values, and where all are 0 or 1 or all are equal, the bootstrap is too sure of itself: there
    Wilson's interval is taken, which is never too narrow since no variable within [0, 1] varies more than a yes
    or no with the same mean.
    """
    n = len(values)
    if n < _FEW or len(set(values)) == 1 or set(values) <= {0.0, 1.0}:
        return proportion(sum(values), n)
    source = random.Random(seed)  # noqa: S311 - resampling that can be repeated, not a secret
    means = sorted(sum(source.choices(values, k=n)) / n for _ in range(_RESAMPLES))
    low, high = means[floor(0.05 * _RESAMPLES)], means[floor(0.95 * _RESAMPLES)]
    return Interval(sum(values) / n, low, high, n)
