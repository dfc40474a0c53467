"""A question finds candidates in two ways, by meaning and by words; the two lists are fused by rank."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from colonnade.knowledge.chunks import Chunk
from colonnade.knowledge.searchtables import SearchTables
from colonnade.knowledge.tables import Connection

RANK_CONSTANT = 60
"""k of reciprocal rank fusion; the value of Cormack, Clarke and Büttcher (SIGIR 2009)."""

_WORD = re.compile(r"\w+")
_MOST_WORDS = 64


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk by its ordinal. `distance` is cosine distance to the question where the vectors found it."""

    ordinal: int
    fused: float
    distance: float | None


def candidates(tables: SearchTables, question: str, vector: bytes, count: int) -> list[Candidate]:
    """The `count` best chunks for a question and its vector."""
    expression = word_query(question)
    by_words = tables.matching(expression, count) if expression else []
    return fuse(tables.nearest(vector, count), by_words)[:count]


def word_query(question: str) -> str:
    """Any of the question's words, as an FTS5 expression; quoted, so that nothing in them is syntax."""
    words = dict.fromkeys(word.lower() for word in _WORD.findall(question))
    return " OR ".join(f'"{word}"' for word in list(words)[:_MOST_WORDS])


def fuse(by_meaning: Sequence[tuple[int, float]], by_words: Sequence[int]) -> list[Candidate]:
    """Both lists as one, best first, by the sum of 1 / (60 + rank); ties keep the order of the documents."""
    scores: dict[int, float] = {}
    for ranked in ([ordinal for ordinal, _ in by_meaning], by_words):
        for rank, ordinal in enumerate(ranked, start=1):
            scores[ordinal] = scores.get(ordinal, 0.0) + 1.0 / (RANK_CONSTANT + rank)
    distances = dict(by_meaning)
    order = sorted(scores, key=lambda ordinal: (-scores[ordinal], ordinal))
    return [Candidate(ordinal, scores[ordinal], distances.get(ordinal)) for ordinal in order]


def chunks_at(connection: Connection, number: int, ordinals: Sequence[int]) -> list[Chunk]:
    """The chunks with these ordinals, in their order."""
    rows = connection.execute(
        "SELECT ordinal, id, document, document_version, title, place, text FROM knowledge_chunk"
        " WHERE generation = ? AND ordinal IN (SELECT value FROM json_each(?))",
        (number, json.dumps(ordinals)),
    )
    found = {row[0]: Chunk(*row[1:]) for row in rows}
    return [found[ordinal] for ordinal in ordinals]


def chunk_named(connection: Connection, number: int, chunk: str) -> Chunk | None:
    """The chunk with this id."""
    row = connection.execute(
        "SELECT id, document, document_version, title, place, text FROM knowledge_chunk"
        " WHERE generation = ? AND id = ?",
        (number, chunk),
    ).fetchone()
    return Chunk(*row) if row else None
