"""A verdict says of one signal whether it holds, with the number it rests on and the reason in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["pass", "fail", "insufficient", "stale"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge says of one signal.

    `places` names what fails, `resource:NAME` or `tenant:NAME`, so that a waiver can be for one place alone.
    """

    outcome: Outcome
    reason: str
    value: float | None = None
    threshold: float | None = None
    n: int | None = None
    places: tuple[str, ...] = ()


def met(
    reason: str, *, value: float | None = None, threshold: float | None = None, n: int | None = None
) -> Verdict:
    """The signal holds."""
    return Verdict("pass", reason, value, threshold, n)


def unmet(
    reason: str,
    *,
    value: float | None = None,
    threshold: float | None = None,
    n: int | None = None,
    places: tuple[str, ...] = (),
) -> Verdict:
    """The signal does not hold."""
    return Verdict("fail", reason, value, threshold, n, places)


def insufficient(reason: str, *, value: float | None = None, n: int | None = None) -> Verdict:
    """Too little was observed to say either."""
    return Verdict("insufficient", reason, value, None, n)


def ended(reason: str) -> Verdict:
    """What was seen held once: its term is over, or what it is about was replaced."""
    return Verdict("stale", reason)


def holds(condition: bool, reason: str, otherwise: str) -> Verdict:
    """A verdict on a plain yes or no."""
    return met(reason) if condition else unmet(otherwise)
