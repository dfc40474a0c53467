"""A row's state, score and risk follow from its signals by rules that stand here and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from colonnade.review.catalogue import Risk
from colonnade.review.judge import SignalResult

RowState = Literal["not_applicable", "conflict", "failed", "proven", "partial", "stale", "unknown"]
RiskLevel = Literal["HIGH", "MEDIUM", "LOW", "NONE"]
OPEN: frozenset[RowState] = frozenset({"failed", "conflict", "stale", "unknown"})
"""States in which nothing stands between the row's risk and the workload."""
WAIVABLE: frozenset[RowState] = frozenset({"failed", "partial", "stale", "unknown"})
HIGH_RISK_CAP = 0.5
"""A high-risk row that is not proven never scores more than this."""


def row_state(*, applies: bool, conflict: bool, signals: Sequence[SignalResult]) -> RowState:
    """The first that fits: not applicable, conflict, failed, proven, partial, stale, unknown.

    Args:
        applies: whether the declared facts make the row apply.
        conflict: whether an observed fact contradicts a declared one on which the row depends.
        signals: results of the signals that count for this workload.
    """
    if conflict:
        return "conflict"
    if not applies:
        return "not_applicable"
    states = [signal.state for signal in signals]
    if "fail" in states:
        return "failed"
    if all(state == "pass" for state in states):
        return "proven"
    if "pass" in states:
        return "partial"
    return "stale" if "stale" in states else "unknown"


def row_score(state: RowState, risk: Risk, signals: Sequence[SignalResult]) -> float | None:
    """Grades of passing signals over grades of all, 0 to 1; None for rows that do not apply.

    Failed and partial rows use the same formula, so that hiding a failure never pays.
    """
    if state == "not_applicable":
        return None
    if state == "conflict":
        return 0.0
    share = _grades(signals, least=1) / sum(signal.grade for signal in signals)
    return _capped(share, state, risk)


def exercised_score(state: RowState, risk: Risk, signals: Sequence[SignalResult]) -> float:
    """The part of the row's score that rests on drills (grade 4)."""
    score = row_score(state, risk, signals)
    passed = _grades(signals, least=1)
    return score * _grades(signals, least=4) / passed if score and passed else 0.0


def row_level(state: RowState, risk: Risk) -> RiskLevel:
    """The level of a row's remaining risk, in the words of the AWS Well-Architected Tool."""
    if state in {"proven", "not_applicable"}:
        return "NONE"
    if risk == "high":
        return "HIGH" if state in OPEN else "MEDIUM"
    return "MEDIUM" if risk == "medium" and state in OPEN else "LOW"


def _grades(signals: Sequence[SignalResult], least: int) -> int:
    return sum(each.grade for each in signals if each.state == "pass" and each.grade >= least)


def _capped(share: float, state: RowState, risk: Risk) -> float:
    return min(share, HIGH_RISK_CAP) if risk == "high" and state != "proven" else share
