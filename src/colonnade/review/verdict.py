"""A verdict says of one signal whether it holds, with the number it rests on and the reason in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["pass", "fail", "insufficient"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge says of one signal."""

    outcome: Outcome
    reason: str
    value: float | None = None
    threshold: float | None = None
    n: int | None = None


def met(
    reason: str, *, value: float | None = None, threshold: float | None = None, n: int | None = None
) -> Verdict:
    """The signal holds."""
    return Verdict("pass", reason, value, threshold, n)


def unmet(
    reason: str, *, value: float | None = None, threshold: float | None = None, n: int | None = None
) -> Verdict:
    """The signal does not hold."""
    return Verdict("fail", reason, value, threshold, n)


def insufficient(reason: str, *, value: float | None = None, n: int | None = None) -> Verdict:
    """Too little was observed to say either."""
    return Verdict("insufficient", reason, value, None, n)


def holds(condition: bool, reason: str, otherwise: str) -> Verdict:
    """A verdict on a plain yes or no."""
    return met(reason) if condition else unmet(otherwise)
