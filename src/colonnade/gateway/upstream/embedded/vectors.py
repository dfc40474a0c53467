"""An embedding model that runs inside answers OpenAI's embeddings requests."""

from __future__ import annotations

import array
import asyncio
import base64
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import msgspec

from colonnade.errors import InvalidRequest
from colonnade.gateway.upstream.due import Due
from colonnade.gateway.upstream.interface import Answer, Ask

_MOST_TEXTS = 2048
"""OpenAI's own limit of inputs a request."""


class VectorSource(Protocol):
    """What turns texts into vectors; `knowledge/encoders.py` has one."""

    @property
    def dimensions(self) -> int:
        """Length of the vectors."""

    def encode(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector a text; blocks."""

    def count_tokens(self, text: str) -> int:
        """Tokens that the model reads of the text."""


class Wish(msgspec.Struct):
    """The fields of an embeddings request that are read."""

    model: str = ""
    input: Any = None
    encoding_format: str | None = None
    dimensions: int | None = None


_decode = msgspec.json.Decoder(Wish).decode


class EmbeddedVectors:
    """An upstream that answers `/embeddings` from a model in this process, in one thread of its own.

    Args:
        name: the model's name.
        source: the loaded model.
    """

    def __init__(self, name: str, source: VectorSource) -> None:
        self.name = name
        self._source = source
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"vectors of {name}")

    async def ask(self, ask: Ask) -> Answer:
        """Answer with one vector a text.

        Raises:
            InvalidRequest: another endpoint, or an input that this model does not take.
            DeadlineExceeded: the deadline passed; the text that is being read is finished and dropped.
        """
        if ask.path != "/embeddings":
            raise InvalidRequest(
                f"The model {self.name} makes embeddings and no text.", code="wrong_endpoint"
            )
        wish = self._wish(ask.body)
        texts = _texts(wish.input)
        loop, due = asyncio.get_running_loop(), Due(ask.deadline, ask.first_byte_by)
        try:
            async with asyncio.timeout_at(due.limit):
                read = [await loop.run_in_executor(self._thread, self._read, text) for text in texts]
        except TimeoutError:
            raise due.error() from None
        return Answer(200, self._document(read, packed=wish.encoding_format == "base64"))

    async def ready(self) -> str | None:
        """None: the model was loaded before this upstream was made."""
        return None

    async def close(self) -> None:
        """End the thread after the text that it reads."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _wish(self, body: bytes) -> Wish:
        try:
            wish = _decode(body)
        except msgspec.MsgspecError:
            raise InvalidRequest("A field of the request has the wrong type.", code="invalid_type") from None
        if wish.dimensions not in (None, self._source.dimensions):
            raise InvalidRequest(
                f"The model {self.name} makes vectors of {self._source.dimensions} dimensions only.",
                code="unsupported_value", param="dimensions",
            )  # fmt: skip
        if wish.encoding_format not in (None, "float", "base64"):
            raise InvalidRequest(
                "Vectors are written as float or base64.", code="unsupported_value", param="encoding_format"
            )
        return wish

    def _read(self, text: str) -> tuple[list[float], int]:
        (vector,) = self._source.encode([text])
        return vector, self._source.count_tokens(text)

    def _document(self, read: list[tuple[list[float], int]], *, packed: bool) -> bytes:
        data = [
            {"object": "embedding", "index": index, "embedding": _packed(vector) if packed else vector}
            for index, (vector, _) in enumerate(read)
        ]
        tokens = sum(count for _, count in read)
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return msgspec.json.encode({"object": "list", "data": data, "model": self.name, "usage": usage})


def _texts(given: Any) -> list[str]:
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text for text in texts):
        raise InvalidRequest(
            "`input` must be a text or a list of texts, none of them empty.",
            code="invalid_input",
            param="input",
        )
    if len(texts) > _MOST_TEXTS:
        raise InvalidRequest(
            f"`input` holds more than {_MOST_TEXTS} texts.", code="too_many_inputs", param="input"
        )
    return texts


def _packed(vector: list[float]) -> str:
    numbers = array.array("f", vector)
    if sys.byteorder == "big":
        numbers.byteswap()
    return base64.b64encode(numbers.tobytes()).decode()
