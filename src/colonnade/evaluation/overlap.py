"""Answers are compared with reference answers by the words they share."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from colonnade.evaluation.score import Score
from colonnade.evaluation.words import without_markers, words


@dataclass(frozen=True, slots=True)
class TokenF1:
    """F1 over the bag of words, as SQuAD scores answers (Rajpurkar et al., 2016)."""

    def __call__(self, reference: str, answer: str) -> Score:
        """Score one answer."""
        wanted, given = words(reference), words(without_markers(answer))
        shared = sum((Counter(wanted) & Counter(given)).values())
        value = _f1(shared, len(wanted), len(given))
        return Score(value, f"{shared} shared words of {len(wanted)} wanted and {len(given)} given")


@dataclass(frozen=True, slots=True)
class RougeL:
    """F1 over the longest common subsequence of words (Lin, 2004, with beta 1)."""

    def __call__(self, reference: str, answer: str) -> Score:
        """Score one answer."""
        wanted, given = words(reference), words(without_markers(answer))
        common = _longest_common(wanted, given)
        value = _f1(common, len(wanted), len(given))
        return Score(
            value, f"{common} words in the same order of {len(wanted)} wanted and {len(given)} given"
        )


def _f1(shared: int, wanted: int, given: int) -> float:
    return 2 * shared / (wanted + given) if wanted + given else 0.0


def _longest_common(one: list[str], other: list[str]) -> int:
    row = [0] * (len(other) + 1)
    for word in one:
        before = 0
        for at, candidate in enumerate(other, start=1):
            above = row[at]
            row[at] = before + 1 if word == candidate else max(above, row[at - 1])
            before = above
    return row[-1]
