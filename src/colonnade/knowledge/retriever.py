"""A question is answered with passages, off the event loop, within the deadline, from one generation."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from colonnade.errors import DeadlineExceeded
from colonnade.knowledge.generation import generations
from colonnade.knowledge.index import Index
from colonnade.knowledge.inquiry import Inquiry, Searching
from colonnade.knowledge.interface import Encoder, Reranker
from colonnade.knowledge.passage import Passage, Retrieval, passage_of
from colonnade.knowledge.reader import Reader
from colonnade.knowledge.search import chunk_named

NO_FLOOR = float("-inf")


class Retriever:
    """Searches the live generation of `index` in one worker thread of its own.

    One thread, because models are not shared between threads and two cores gain nothing from more; questions
    wait their turn and give up at their deadline.

    Args:
        index: where to search.
        encoder: the model that the index was built with.
        reranker: reads the candidates; without one the cosine similarity is the score.
        candidates: how many passages the reranker reads.
        query_prefix: what the embedding model wants before questions.
    """

    def __init__(
        self,
        index: Index,
        encoder: Encoder,
        reranker: Reranker | None = None,
        candidates: int = 24,
        query_prefix: str = "",
    ) -> None:
        self._index = index
        self._reader = Reader(index.connect)
        self._searching = Searching(index.name, self._reader, encoder, reranker, candidates, query_prefix)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="retrieve")

    async def retrieve(
        self, question: str, *, passages: int = 4, floor: float = NO_FLOOR, deadline: float | None = None
    ) -> Retrieval:
        """The best `passages` for `question` whose score is at least `floor`.

        Args:
            question: any text; lone surrogates and search syntax do no harm.
            passages: the most to return.
            floor: on the scale of `Passage.score`.
            deadline: loop time; None waits for ever.

        Raises:
            Unavailable: nothing is indexed yet, or with another embedding model, or the index cannot be read.
            DeadlineExceeded: the deadline passed; the worker stops at its next step.
        """
        inquiry = Inquiry(self._searching, question.encode("utf-8", "replace").decode(), passages, floor)
        try:
            async with asyncio.timeout_at(deadline):
                return await asyncio.get_running_loop().run_in_executor(self._worker, inquiry.run)
        except TimeoutError:
            raise DeadlineExceeded("the deadline passed while passages were searched for") from None
        finally:
            inquiry.given_up.set()

    async def resolve(self, source_id: str, generation: str) -> Passage | None:
        """The passage that a source id meant, also in kept earlier generations; None where it is gone."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, self._find, source_id, generation)

    def _find(self, source_id: str, digest: str) -> Passage | None:
        with self._reader.snapshot() as connection:
            for one in generations(connection, self._index.name):
                if one.digest == digest and one.state != "building":
                    chunk = chunk_named(connection, one.number, source_id)
                    return passage_of(chunk, one) if chunk else None
        return None

    def close(self) -> None:
        """Let the worker finish its question, give its connection back and end."""
        self._worker.shutdown(wait=True, cancel_futures=True)
        self._reader.close()
