"""The words and numbers with which tools grade findings become one scale."""

from __future__ import annotations

from colonnade.evidence.imported.scans import Severity

_WORDS: dict[str, Severity] = {
    "critical": "critical", "high": "high", "error": "high", "important": "high", "medium": "medium",
    "moderate": "medium", "warning": "medium", "low": "low", "negligible": "low", "info": "low", "note": "low",
    "none": "low", "informational": "low",
}  # fmt: skip
GRAVE: frozenset[Severity] = frozenset({"critical", "high", "unknown"})
"""What is listed one by one: the grades that have a fix limit, and what has no grade."""


def graded(word: object) -> Severity:
    """The grade of a word."""
    return _WORDS.get(word.strip().lower(), "unknown") if isinstance(word, str) else "unknown"


def scored(number: object) -> Severity | None:
    """The grade of a CVSS base score, as CVSS 3.1 section 5 sets the bounds; None of what is no score."""
    try:
        score = float(number) if isinstance(number, str | int | float) else -1.0
    except ValueError:
        return None
    if not 0.0 <= score <= 10.0:
        return None
    return "critical" if score >= 9 else "high" if score >= 7 else "medium" if score >= 4 else "low"
