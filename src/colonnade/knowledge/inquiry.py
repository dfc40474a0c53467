"""An inquiry leads one question through encoding, searching and reranking, and stops when nobody waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlcipher3 import dbapi2

from colonnade.errors import Unavailable
from colonnade.knowledge.chunks import Chunk
from colonnade.knowledge.generation import Generation, live_generation
from colonnade.knowledge.interface import Encoder, Reranker
from colonnade.knowledge.passage import Retrieval, passage_of
from colonnade.knowledge.reader import Reader
from colonnade.knowledge.search import Candidate, candidates, chunks_at
from colonnade.knowledge.searchtables import SearchTables
from colonnade.knowledge.vectors import packed


@dataclass(frozen=True, slots=True)
class Searching:
    """What every inquiry of a retriever has in common."""

    name: str
    reader: Reader
    encoder: Encoder
    reranker: Reranker | None
    candidates: int
    query_prefix: str


class GaveUp(Exception):
    """Nobody waits for this inquiry any more."""


class Inquiry:
    """One question on its way through the worker; `given_up` may be set by any thread."""

    def __init__(self, searching: Searching, question: str, passages: int, floor: float) -> None:
        self.given_up = threading.Event()
        self._with = searching
        self._question = question
        self._passages = passages
        self._floor = floor
        self._timings: dict[str, float] = {}
        self._last = time.perf_counter()

    def run(self) -> Retrieval:
        """The whole way; raises Unavailable where the index cannot serve, and GaveUp."""
        self._step("wait")
        if not self._question.strip():
            return self._ranked(self._read(None), [])
        vector = self._encoded()
        self._step("encode")
        found = self._read(vector)
        self._step("search")
        scores = self._scores(found)
        self._step("rerank")
        return self._ranked(found, scores)

    def _step(self, name: str) -> None:
        now = time.perf_counter()
        self._timings[name] = (now - self._last) * 1000.0
        self._last = now
        if self.given_up.is_set():
            raise GaveUp

    def _encoded(self) -> bytes:
        (vector,) = self._with.encoder.encode([self._with.query_prefix + self._question])
        return packed(vector, self._with.encoder.dimensions)

    def _read(self, vector: bytes | None) -> _Found:
        try:
            with self._with.reader.snapshot() as connection:
                generation = self._usable(live_generation(connection, self._with.name))
                if vector is None:
                    return _Found(generation, [], [])
                tables = SearchTables(connection, generation.number)
                count = max(self._with.candidates, self._passages)
                found = candidates(tables, self._question, vector, count)
                chunks = chunks_at(connection, generation.number, [one.ordinal for one in found])
                return _Found(generation, found, chunks)
        except dbapi2.DatabaseError as error:
            raise Unavailable(
                f"the index of the knowledge {self._with.name!r} cannot be read", code="knowledge_unreadable"
            ) from error

    def _usable(self, generation: Generation | None) -> Generation:
        problem = code = ""
        if generation is None:
            problem, code = "is not indexed yet", "knowledge_not_indexed"
        elif generation.embedding != self._with.encoder.digest:
            problem, code = "was indexed with another embedding model", "knowledge_model_differs"
        if generation is None or problem:
            raise Unavailable(
                f"the knowledge {self._with.name!r} {problem}: run `colonnade knowledge index`", code=code
            )
        return generation

    def _scores(self, found: _Found) -> list[float]:
        if self._with.reranker is None:
            return [-1.0 if one.distance is None else 1.0 - one.distance for one in found.candidates]
        if not found.chunks:
            return []
        return self._with.reranker.score(self._question, [chunk.embedded for chunk in found.chunks])

    def _ranked(self, found: _Found, scores: Sequence[float]) -> Retrieval:
        ranked = sorted(zip(scores, found.chunks, strict=True), key=lambda pair: -pair[0])
        kept = [pair for pair in ranked if pair[0] >= self._floor][: self._passages]
        passages = tuple(passage_of(chunk, found.generation, score) for score, chunk in kept)
        return Retrieval(passages, found.generation.digest, ranked[0][0] if ranked else None, self._timings)


@dataclass(frozen=True, slots=True)
class _Found:
    generation: Generation
    candidates: list[Candidate]
    chunks: list[Chunk]
