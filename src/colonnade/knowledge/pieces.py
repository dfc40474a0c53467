"""A piece is the least that a cut leaves whole: a sentence, a line, or a part of one that is too long."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from colonnade.knowledge.document import Block

_SENTENCE_END = re.compile(
    r"""(?:(?<=[.!?])|(?<=[.!?]["')\]]))\s+(?=["'(\[]?[A-Z0-9À-Þ])|(?<=[。！？])"""  # noqa: RUF001 - full-width marks
)
_CHARACTERS_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Piece:
    """`glue` is what stands between this piece and the one before it."""

    text: str
    glue: str
    tokens: int


def pieces(blocks: Iterable[Block], limit: int, count: Callable[[str], int]) -> Iterator[Piece]:
    """The blocks cut into pieces of at most `limit` tokens."""
    for block in blocks:
        between = "\n" if block.kind == "lines" else " "
        glue = "\n"
        for part in _parts(block):
            for text in _short(part, limit, count):
                yield Piece(text, glue, count(text))
                glue = between


def _parts(block: Block) -> list[str]:
    cut = block.text.split("\n") if block.kind == "lines" else _SENTENCE_END.split(block.text)
    return [part for part in cut if part.strip()]


def _short(text: str, limit: int, count: Callable[[str], int]) -> Iterator[str]:
    """`text`, cut between words, and within a word of many characters, where it has more tokens than `limit`."""
    if count(text) <= limit:
        yield text
        return
    held: list[str] = []
    tokens = 0
    for word in _words(text):
        length = count(word)
        if held and tokens + length > limit:
            yield " ".join(held)
            held, tokens = [], 0
        held.append(word)
        tokens += length
    yield " ".join(held)


def _words(text: str) -> Iterator[str]:
    for word in text.split():
        for start in range(0, len(word), _CHARACTERS_AT_ONCE):
            yield word[start : start + _CHARACTERS_AT_ONCE]
