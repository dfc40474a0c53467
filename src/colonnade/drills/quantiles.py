"""Quantiles of measured values with the interval in which they lie at 95% confidence, by order statistics."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

_Z = 1.959963984540054
"""The 97.5% quantile of the normal distribution: a two-sided 95% interval."""


class Quantile(msgspec.Struct, frozen=True):
    """A quantile, and the values between which it lies at 95% confidence; None on a side that too few values leave open."""

    value: float
    lower: float | None
    upper: float | None


def quantile(values: Sequence[float], share: float) -> Quantile | None:
    """The `share` quantile (nearest rank) with its distribution-free interval; None without values.

    Ranks of the interval: n p -+ z sqrt(n p (1 - p)), the normal approximation of the binomial (Conover 1999, 3.2).
    """
    n = len(values)
    if not n:
        return None
    ordered = sorted(values)
    spread = _Z * math.sqrt(n * share * (1.0 - share))
    low, high = math.floor(n * share - spread), math.ceil(n * share + spread) + 1
    return Quantile(
        value=ordered[min(n, max(1, math.ceil(n * share))) - 1],
        lower=ordered[low - 1] if low >= 1 else None,
        upper=ordered[high - 1] if high <= n else None,
    )
