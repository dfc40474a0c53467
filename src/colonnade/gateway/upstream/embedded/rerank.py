"""A reranking model that runs inside answers rerank requests in the shape of Cohere and Jina."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import msgspec

from colonnade.errors import InvalidRequest
from colonnade.gateway.endpoint_fields import document_text
from colonnade.gateway.upstream.due import Due
from colonnade.gateway.upstream.interface import Answer, Ask

_MOST_DOCUMENTS = 1000
"""Cohere's own limit of documents a request."""


class PairScores(Protocol):
    """What scores how well a passage answers a question; `knowledge/encoders.py` has one."""

    def score(self, question: str, passages: Sequence[str]) -> list[float]:
        """One score a passage, as a logit; blocks."""


class Wish(msgspec.Struct):
    """The fields of a rerank request that are read."""

    query: str
    documents: list[Any]
    top_n: int | None = None
    return_documents: bool | None = None


_decode = msgspec.json.Decoder(Wish).decode


class EmbeddedRerank:
    """An upstream that answers `/rerank` from a model in this process, in one thread of its own.

    `relevance_score` is the logistic function of the model's score: between 0 and 1, and comparable between the
    documents of one query. Token counts are not told; the gateway estimates them.

    Args:
        name: the model's name.
        source: the loaded model.
    """

    def __init__(self, name: str, source: PairScores) -> None:
        self.name = name
        self._source = source
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"scores of {name}")

    async def ask(self, ask: Ask) -> Answer:
        """Answer with the documents in order of relevance.

        Raises:
            InvalidRequest: another endpoint, too many documents, or one without text.
            DeadlineExceeded: the deadline passed; the document that is being read is finished and dropped.
        """
        if ask.path != "/rerank":
            raise InvalidRequest(f"The model {self.name} ranks and does nothing else.", code="wrong_endpoint")
        wish = _wish(ask.body)
        texts = [document_text(document) or "" for document in wish.documents]
        loop, due = asyncio.get_running_loop(), Due(ask.deadline, ask.first_byte_by)
        try:
            async with asyncio.timeout_at(due.limit):
                scores = [
                    await loop.run_in_executor(self._thread, self._score, wish.query, text) for text in texts
                ]
        except TimeoutError:
            raise due.error() from None
        return Answer(200, self._document(wish, texts, scores))

    async def ready(self) -> str | None:
        """None: the model is loaded when it is first asked."""
        return None

    async def close(self) -> None:
        """End the thread after the document that it reads."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _score(self, query: str, text: str) -> float:
        (logit,) = self._source.score(query, [text])
        return 0.5 * (1.0 + math.tanh(logit / 2.0))  # the logistic function, without overflow

    def _document(self, wish: Wish, texts: Sequence[str], scores: Sequence[float]) -> bytes:
        best = sorted(range(len(texts)), key=lambda place: (-scores[place], place))[: wish.top_n]
        results = [
            {"index": place, "relevance_score": scores[place]}
            | ({"document": {"text": texts[place]}} if wish.return_documents else {})
            for place in best
        ]
        return msgspec.json.encode({"object": "list", "model": self.name, "results": results})


def _wish(body: bytes) -> Wish:
    try:
        wish = _decode(body)
    except msgspec.MsgspecError:
        raise InvalidRequest("A field of the request has the wrong type.", code="invalid_type") from None
    if len(wish.documents) > _MOST_DOCUMENTS:
        raise InvalidRequest(
            f"`documents` holds more than {_MOST_DOCUMENTS}.", code="too_many_inputs", param="documents"
        )
    return wish
