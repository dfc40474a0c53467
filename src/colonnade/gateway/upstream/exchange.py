"""One request to an upstream and its answer: the head, and a body that is read whole or as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from math import inf

from colonnade.errors import CallError, UpstreamFailed

_HIGH_WATER = 256 << 10
_LARGEST_WHOLE = 64 << 20
_LINGER_S = 1.0


class Exchange:
    """What a connection tells while it carries one answer. Reading it iterates over the body's bytes.

    A caller that is slower than the upstream makes the connection pause reading at 256 KiB.
    """

    __slots__ = (
        "_buffer",
        "_failure",
        "_loop",
        "_size",
        "_tail",
        "_waiter",
        "abort",
        "answered",
        "deadline",
        "ended",
        "head",
        "headers",
        "pause",
        "paused",
        "resume",
        "status",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, deadline: float) -> None:
        self._loop = loop
        self._buffer: list[bytes] = []
        self._size = 0
        self._tail = b""
        self._failure: CallError | None = None
        self._waiter: asyncio.Future[None] | None = None
        self.deadline = deadline or inf
        self.head: asyncio.Future[None] = loop.create_future()
        self.status = 0
        self.headers: dict[str, str] = {}
        self.answered = False
        self.ended = False
        self.paused = False
        self.abort: Callable[[], None] = _nothing
        self.pause: Callable[[], None] = _nothing
        self.resume: Callable[[], None] = _nothing

    # told by the connection

    def on_head(self, status: int, headers: dict[str, str]) -> None:
        """The status line and the headers are here."""
        self.status, self.headers = status, headers
        if not self.head.done():
            self.head.set_result(None)

    def on_body(self, data: bytes) -> None:
        """Some bytes of the body are here."""
        self._buffer.append(data)
        self._size += len(data)
        if self._size > _HIGH_WATER and not self.paused:
            self.paused = True
            self.pause()
        if self._waiter is not None:
            self._wake()

    def on_end(self) -> None:
        """The body is complete."""
        self.ended = True
        self._wake()

    def on_failure(self, error: CallError) -> None:
        """The connection broke, or the deadline passed."""
        if self.ended:
            return
        self._failure = error
        self.ended = True
        if not self.head.done():
            self.head.set_exception(error)
            self.head.exception()  # whoever waited may have been cancelled: then nobody else looks at it
        self._wake()

    # used by whoever asked

    async def whole(self) -> bytes:
        """The body to its end.

        Raises:
            CallError: the connection broke, the deadline passed, or the body is larger than 64 MiB.
        """
        parts: list[bytes] = []
        size = 0
        async for part in self:
            parts.append(part)
            size += len(part)
            if size > _LARGEST_WHOLE:
                raise UpstreamFailed("The upstream's answer has no end.", code="upstream_malformed")
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The body as it comes; what arrived together comes together."""
        return self

    async def __anext__(self) -> bytes:
        """Whatever came since the last time."""
        while not self._buffer:
            if self.ended:
                if self._failure is not None:
                    raise self._failure
                raise StopAsyncIteration
            self._waiter = self._loop.create_future()
            await self._waiter
        data = self._buffer[0] if len(self._buffer) == 1 else b"".join(self._buffer)
        self._buffer.clear()
        self._size = 0
        self._tail = data[-16:]
        if self.paused:
            self.paused = False
            self.resume()
        return data

    async def aclose(self) -> None:
        """Break off what was not read to its end.

        After `[DONE]` only the end of the body is missing: it gets a second, so that the connection can be kept.
        """
        if self.ended:
            return
        if b"[DONE]" in self._tail:
            self._loop.call_later(_LINGER_S, self._break_off)
        else:
            self._break_off()

    def _break_off(self) -> None:
        if not self.ended:
            self.abort()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)


def _nothing() -> None:
    """No connection carries this exchange yet."""
