"""An answer is kept as the upstream gave it: a stream while it passes, up to a limit of bytes, at one append a chunk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from colonnade.gateway.call import Call, Reply
from colonnade.gateway.understanding import understand_whole

_DONE: Final = b"data: [DONE]"


@dataclass(frozen=True, slots=True)
class Taken:
    """What the upstream gave, before stages further out change the reply.

    `body` gives it when it is complete; None for a stream that was too long to keep, or does not end as a complete one
    does. `text` and `finish` are those of a whole answer.
    """

    body: Callable[[], bytes | None]
    text: str = ""
    finish: str = ""

    @classmethod
    def of(cls, call: Call, reply: Reply, limit: int) -> Taken:
        """A whole reply at once, a stream of up to `limit` bytes while it passes.

        Raises:
            UpstreamFailed: a whole reply is no answer.
        """
        if reply.chunks is not None:
            recorded = _Recorded(reply.chunks, limit)
            reply.chunks = recorded
            return cls(recorded.whole)
        if not reply.understood and reply.status == 200:
            understand_whole(call, reply)
        body = reply.body
        return cls(lambda: body, reply.text, reply.finish)


class _Recorded:
    __slots__ = ("_chunks", "_kept", "_limit", "_size")

    def __init__(self, chunks: AsyncIterator[bytes], limit: int) -> None:
        self._chunks = chunks
        self._kept: list[bytes] = []
        self._limit = limit
        self._size = 0

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    def __anext__(self) -> Awaitable[bytes]:
        return self._keep()

    async def _keep(self) -> bytes:
        chunk = await self._chunks.__anext__()
        self._size += len(chunk)
        if self._size <= self._limit:
            self._kept.append(chunk)
        elif self._kept:
            self._kept.clear()  # too long to be kept: nothing of it is held while the rest passes
        return chunk

    async def aclose(self) -> None:
        """End the stream that is recorded, where it can be ended."""
        closer = getattr(self._chunks, "aclose", None)
        if closer is not None:
            await closer()

    def whole(self) -> bytes | None:
        """All that passed."""
        body = b"".join(self._kept)
        return body if self._size <= self._limit and body.rstrip().endswith(_DONE) else None
