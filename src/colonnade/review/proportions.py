"""A claim about a share or a quantile passes only with enough samples, by bounds whose formulas stand here.

All bounds are one-sided at 95% confidence. A judge names what was counted and gets a `Verdict`:

    share_at_least(k, n, threshold, sampling, "requests carry sources")
    share_at_most(k, n, threshold, sampling, "requests failed")
    all_of(k, n, sampling, "requests carry every label")       zero tolerance
    none_of(bad, n, sampling, "answers carried a secret")      zero tolerance
    quantile_at_most(within, n, 0.95, limit, sampling, "requests were answered within 2000 ms")

Neither proven nor refuted is `insufficient`, never a pass.
"""

from __future__ import annotations

import math

from colonnade.review.verdict import Verdict, insufficient, met, unmet
from colonnade.workload.sections.promises import Sampling

Z95 = 1.6448536269514722
"""The 95% quantile of the normal distribution: one-sided bounds."""
CONFIDENCE = 0.95


def wilson_lower(k: int, n: int) -> float:
    """Lower one-sided 95% bound of a share, `k` of `n` (Wilson 1927); 0 for n = 0."""
    return 0.0 if n <= 0 else max(0.0, _wilson(k, n, -Z95))


def wilson_upper(k: int, n: int) -> float:
    """Upper one-sided 95% bound of a share, `k` of `n` (Wilson 1927); 1 for n = 0."""
    return 1.0 if n <= 0 else min(1.0, _wilson(k, n, Z95))


def needed_for(claim: float) -> int:
    """How many clean samples prove `claim`, e.g. 3000 for 0.999: the rule of three, n >= 3 / (1 - claim)."""
    return math.ceil(round(3.0 / (1.0 - claim), 6))


def share_at_least(k: int, n: int, threshold: float, sampling: Sampling, what: str) -> Verdict:
    """Whether the share `k / n` is at least `threshold`; a threshold of 1 is zero tolerance.

    Args:
        k: how many did `what`.
        n: how many were looked at.
        threshold: share from 0 to 1, a promise of the workload file.
        sampling: how much is enough in this environment.
        what: words that follow a count, e.g. `requests carry sources`.
    """
    if threshold >= 1.0:
        return all_of(k, n, sampling, what)
    lower, upper = wilson_lower(k, n), wilson_upper(k, n)
    counted = f"{k} of {n} {what}"
    asked = f"asked: at least {percent(threshold)}"
    if n > 0 and upper < threshold:
        reason = f"{counted}: at most {percent(upper)} with 95% confidence; {asked}"
        return unmet(reason, value=k / n, threshold=threshold, n=n)
    if lower >= threshold and n >= sampling.minimum_n:
        reason = f"{counted}: at least {percent(lower)} with 95% confidence; {asked}"
        return met(reason, value=k / n, threshold=threshold, n=n)
    return _inconclusive(counted, k / n if n else None, n, sampling, asked)


def share_at_most(k: int, n: int, threshold: float, sampling: Sampling, what: str) -> Verdict:
    """Whether the share `k / n` is at most `threshold`; a threshold of 0 is zero tolerance."""
    if threshold <= 0.0:
        return none_of(k, n, sampling, what)
    lower, upper = wilson_lower(k, n), wilson_upper(k, n)
    counted = f"{k} of {n} {what}"
    asked = f"asked: at most {percent(threshold)}"
    if n > 0 and lower > threshold:
        reason = f"{counted}: at least {percent(lower)} with 95% confidence; {asked}"
        return unmet(reason, value=k / n, threshold=threshold, n=n)
    if upper <= threshold and n >= sampling.minimum_n:
        reason = f"{counted}: at most {percent(upper)} with 95% confidence; {asked}"
        return met(reason, value=k / n, threshold=threshold, n=n)
    return _inconclusive(counted, k / n if n else None, n, sampling, asked)


def none_of(bad: int, n: int, sampling: Sampling, what: str) -> Verdict:
    """Zero tolerance: no single `bad`, among enough samples for the environment's claim."""
    claim = sampling.zero_tolerance_claim
    counted = f"{bad} of {n} {what}"
    if bad > 0:
        return unmet(f"{counted}; none may", value=bad / n if n else None, threshold=0.0, n=n)
    return _clean(counted, n, claim, value=0.0, threshold=0.0)


def all_of(good: int, n: int, sampling: Sampling, what: str) -> Verdict:
    """Zero tolerance, said the other way round: every one does `what`."""
    claim = sampling.zero_tolerance_claim
    counted = f"{good} of {n} {what}"
    if good < n:
        return unmet(f"{counted}; every one must", value=good / n, threshold=1.0, n=n)
    return _clean(counted, n, claim, value=1.0, threshold=1.0)


def quantile_at_most(within: int, n: int, quantile: float, sampling: Sampling, what: str) -> Verdict:
    """Whether the `quantile` of a distribution stays within a limit, by the order-statistic bound.

    `within` of `n` values were at or below the limit. That the quantile's upper 95% order statistic is within
    the limit is the same as that so many values within it would be met by chance in at most 5% of samples.

    Args:
        within: how many values were at or below the limit.
        n: how many values there were.
        quantile: e.g. 0.95.
        sampling: how much is enough in this environment.
        what: words that follow a count and name the limit, e.g. `requests were answered within 2000 ms`.
    """
    counted = f"{within} of {n} {what}"
    asked = f"asked: the {quantile:.0%} quantile within the limit"
    tail = 1.0 - CONFIDENCE
    share = within / n if n else None
    if n > 0 and binomial_at_most(within, n, quantile) <= tail:
        return unmet(f"{counted}; {asked}", value=share, threshold=quantile, n=n)
    if n >= sampling.minimum_n and binomial_at_least(within, n, quantile) <= tail:
        return met(f"{counted}; {asked}, with 95% confidence", value=share, threshold=quantile, n=n)
    return _inconclusive(counted, share, n, sampling, asked)


def quantile_rank(n: int, quantile: float) -> int | None:
    """Rank (from 1) of the sorted value that bounds the quantile from above at 95%; None if n is too small.

    For a collector that stores the bound itself: n = 59 is the least for the 95% quantile.
    """
    ranks = range(max(1, math.floor(n * quantile)), n + 1)
    tail = 1.0 - CONFIDENCE
    return next((rank for rank in ranks if binomial_at_least(rank, n, quantile) <= tail), None)


def binomial_at_least(k: int, n: int, p: float) -> float:
    """The chance of `k` or more of `n` at `p`."""
    return 1.0 if k <= 0 else binomial_at_most(n - k, n, 1.0 - p)


def binomial_at_most(k: int, n: int, p: float) -> float:
    """The chance of `k` or fewer of `n` at `p`, summed from `k` downwards until nothing is added."""
    if k >= n:
        return 1.0
    if k > n * p:
        return 1.0 - binomial_at_least(k + 1, n, p)
    term = math.exp(_log_binomial(k, n, p))
    total = 0.0
    for i in range(k, -1, -1):
        total += term
        if term < total * 1e-17:
            break
        term *= i / (n - i + 1) * (1.0 - p) / p
    return min(1.0, total)


def percent(share: float) -> str:
    """A share for people: `99.9%`, without trailing zeros, never rounded up to a claim it does not reach."""
    shown = math.floor(share * 10000 + 1e-6) / 100
    return f"{shown:.2f}".rstrip("0").rstrip(".") + "%"


def _wilson(k: int, n: int, z: float) -> float:
    share = k / n
    spread = z * math.sqrt(share * (1.0 - share) / n + z * z / (4.0 * n * n))
    return (share + z * z / (2.0 * n) + spread) / (1.0 + z * z / n)


def _log_binomial(k: int, n: int, p: float) -> float:
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return ways + k * math.log(p) + (n - k) * math.log1p(-p)


def _clean(counted: str, n: int, claim: float, *, value: float, threshold: float) -> Verdict:
    needed = needed_for(claim)
    if n < needed:
        reason = f"{counted}; {needed} clean samples are needed to prove {percent(claim)}"
        return insufficient(reason, value=value if n else None, n=n)
    return met(f"{counted}: proves at least {percent(claim)}", value=value, threshold=threshold, n=n)


def _inconclusive(counted: str, value: float | None, n: int, sampling: Sampling, asked: str) -> Verdict:
    if n < sampling.minimum_n:
        return insufficient(f"{counted}; at least {sampling.minimum_n} samples are needed", value=value, n=n)
    return insufficient(f"{counted}: too few to say either; {asked}", value=value, n=n)
