"""A passage is a chunk that was found, with its score and everything that leads back to its document."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.knowledge.chunks import Chunk
from colonnade.knowledge.generation import Generation


@dataclass(frozen=True, slots=True)
class Passage:
    """`score` is the reranker's, or the cosine similarity where there is no reranker; 0 where it was resolved."""

    id: str
    document: str
    document_version: str
    generation: str
    title: str
    place: str
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What a question found, best first, nothing below the floor.

    `best` is the highest score of any candidate (None where there was none), so that a floor can be tuned;
    `timings` are milliseconds of `wait`, `encode`, `search` and `rerank`.
    """

    passages: tuple[Passage, ...]
    generation: str
    best: float | None
    timings: dict[str, float]


def passage_of(chunk: Chunk, generation: Generation, score: float = 0.0) -> Passage:
    """The chunk as a passage of `generation`."""
    place = (chunk.title, chunk.place, chunk.text)
    return Passage(chunk.id, chunk.document, chunk.document_version, generation.digest, *place, score)
