"""Pillars, states, shares and moments read the same in every export."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from colonnade.review.catalogue import Pillar
from colonnade.review.judge import SignalResult
from colonnade.review.report import RowResult
from colonnade.review.states import RowState

PILLAR_NAMES: Mapping[Pillar, str] = {
    "use_case": "Use case",
    "operational_excellence": "Operational excellence",
    "security": "Security",
    "reliability": "Reliability",
    "performance": "Performance",
    "cost": "Cost",
    "sustainability": "Sustainability",
    "responsible_ai": "Responsible AI",
}
STATE_MARKS: Mapping[str, str] = {
    "proven": "✓", "pass": "✓", "partial": "◐", "insufficient": "◔", "failed": "✕", "fail": "✕", "error": "!",
    "conflict": "≠", "stale": "◷", "unknown": "○", "not_judged": "·", "not_applicable": "-",
}  # fmt: skip
"""One sign a state, so that none needs colour."""
STATES: tuple[RowState, ...] = (
    "failed", "conflict", "stale", "unknown", "partial", "proven", "not_applicable",
)  # fmt: skip
"""From what asks for work to what asks for none."""
CONTRIBUTES = (
    "A practice contributes evidence toward a requirement; it never shows that the requirement is met."
)


def moment(at: float) -> str:
    """RFC 3339 in UTC with whole seconds, `2026-11-23T03:12:47Z`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def minute(at: float) -> str:
    """For people, `2026-11-23 03:12 UTC`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def day(at: float) -> str:
    """A day in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def percent(share: float) -> str:
    """A share, rounded down: 100% stands for all of it."""
    return f"{int(share * 100 + 1e-9)}%"


def score(share: float | None) -> str:
    """A score; rows and pillars that do not apply have none."""
    return "n/a" if share is None else percent(share)


def spoken(name: str) -> str:
    """A name of the code in words, `not applicable`."""
    return name.replace("_", " ")


def name_of(row: RowResult, signal: SignalResult) -> str:
    """How a signal is named everywhere, `COST-01.2`."""
    return f"{row.id}.{signal.number}"


def shortened(text: str, longest: int) -> str:
    """The text within `longest` characters; a cut is shown."""
    return text if len(text) <= longest else f"{text[: longest - 3].rstrip()}..."
