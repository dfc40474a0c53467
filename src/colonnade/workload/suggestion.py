"""A misspelt name is answered with the name that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MOST_COMPARED = 200
"""Names that are compared; a file with more of them is told quickly rather than exactly."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A remedy naming the nearest of `known`, or all of them when none is near."""
    names = sorted(set(known))
    near = difflib.get_close_matches(word[:100], names[:MOST_COMPARED], n=1, cutoff=0.6)
    if near:
        return f"did you mean `{near[0]}`?"
    if not names:
        return ""
    return f"known here: {listed(names)}"


def listed(names: Iterable[str], most: int = 12) -> str:
    """`a, b, c`, cut after `most` names."""
    known = list(names)
    rest = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + rest
