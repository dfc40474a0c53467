"""Tokens are counted by the embedding model's own tokenizer where there is one, and estimated otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_PIECE = re.compile(r"\w+|[^\w\s]")
_LETTERS_PER_TOKEN = 5
_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class TokenCounter:
    """A way of counting. `name` is part of every generation, as other counts cut other chunks."""

    name: str
    count: Callable[[str], int]


def estimate(text: str) -> int:
    """About as many tokens as WordPiece makes of English: one per five letters begun, one per mark.

    Chinese, Japanese and Korean characters count one each, as WordPiece splits them.
    """
    total = 0
    for piece in _PIECE.findall(text):
        wide = len(_WIDE.findall(piece))
        total += wide + -(-(len(piece) - wide) // _LETTERS_PER_TOKEN)
    return total


ESTIMATE = TokenCounter("estimate-1", estimate)
