"""One request to an upstream and its answer: the head, and a body that is read whole or as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from math import inf
from typing import Protocol

from colonnade.errors import CallError, UpstreamFailed
from colonnade.gateway.flow import Sink
from colonnade.gateway.upstream.due import Due

_HIGH_WATER = 64 << 10
LARGEST_WHOLE = 64 << 20
_LINGER_S = 1.0


class Carrier(Protocol):
    """The connection that an exchange is on."""

    def abort(self) -> None:
        """Close at once."""

    def pause(self) -> None:
        """Read nothing for now."""

    def resume(self) -> None:
        """Read again."""


class Exchange:
    """What a connection tells while it carries one answer. Reading it iterates over the body's bytes.

    A caller that is slower than the upstream makes the connection pause reading at 64 KiB.
    The answer has begun when a part of the body was read that is no comment of an event stream; a reader that
    knows better sets `begins_when_told` and calls `due.begun()`. A reader that saw the end of the answer, other
    than by `[DONE]`, sets `told_end`.
    """

    __slots__ = (
        "_buffer",
        "_carrier",
        "_failure",
        "_loop",
        "_sink",
        "_size",
        "_tail",
        "_waiter",
        "answered",
        "begins_when_told",
        "due",
        "ended",
        "head",
        "headers",
        "paused",
        "status",
        "told_end",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, carrier: Carrier, due: Due) -> None:
        self._loop = loop
        self._carrier = carrier
        self._buffer: list[bytes] = []
        self._size = 0
        self._tail = b""
        self._failure: CallError | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._sink: Sink | None = None
        self.due = due
        self.begins_when_told = False
        self.told_end = False
        self.head: asyncio.Future[None] = loop.create_future()
        self.status = 0
        self.headers: dict[str, str] = {}
        self.answered = False
        self.ended = False
        self.paused = False

    # told by the connection

    def on_head(self, status: int, headers: dict[str, str]) -> None:
        """The status line and the headers are here."""
        self.status, self.headers = status, headers
        if not self.head.done():
            self.head.set_result(None)

    def on_body(self, data: bytes) -> None:
        """Some bytes of the body are here: all that were read at once, or all that were left of it."""
        if self._sink is not None and self._flows(self._sink, data):
            return
        self._buffer.append(data)
        self._size += len(data)
        if self._size > _HIGH_WATER and not self.paused:
            self.paused = True
            self._carrier.pause()
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

    def here(self) -> bytes | None:
        """The whole body where it came with its head and in one piece, as usual answers do; else None."""
        return self._buffer.pop() if self.ended and self._failure is None and len(self._buffer) == 1 else None

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
            if size > LARGEST_WHOLE:
                raise UpstreamFailed("The upstream's answer has no end.", code="upstream_malformed")
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The body as it comes; what arrived together comes together."""
        return self

    async def __anext__(self) -> bytes:
        """Whatever came since the last time, 64 KiB at most."""
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
        if len(data) > _HIGH_WATER:
            self._buffer.append(data[_HIGH_WATER:])
            self._size = len(data) - _HIGH_WATER
            data = data[:_HIGH_WATER]
        self._tail = data[-16:]
        if self.due.begin != inf and not self.begins_when_told and not _comment(data):
            self.due.begun()
        if self.paused and not self._size:
            self.paused = False
            self._carrier.resume()
        return data

    async def flow(self, sink: Sink) -> None:
        """Hand what comes to `sink` at once, without waking whoever waits here, until it declines or the body ends.

        What it declined is read as usual.
        """
        if self._buffer or self.ended or (self.due.begin != inf and not self.begins_when_told):
            return
        self._sink, self._waiter = sink, self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._sink = None

    async def aclose(self) -> None:
        """Break off what was not read to its end.

        After `[DONE]` only the end of the body is missing: it gets a second, so that the connection can be kept.
        """
        if self.ended:
            return
        if self.told_end or b"[DONE]" in self._tail:
            self._loop.call_later(_LINGER_S, self._break_off)
        else:
            self._break_off()

    def abort(self) -> None:
        """Close the connection at once."""
        self._carrier.abort()

    def _break_off(self) -> None:
        if not self.ended:
            self.abort()

    def _flows(self, sink: Sink, data: bytes) -> bool:
        try:
            taken = sink(data)
        except Exception as fault:  # noqa: BLE001 - it belongs to whoever reads, not to the connection
            self._sink = None
            self._wake(fault)
            return True
        if not taken:
            self._sink = None
        return taken

    def _wake(self, fault: Exception | None = None) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is None or waiter.done():
            return
        if fault is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(fault)


def _comment(data: bytes) -> bool:
    """Whether the bytes only keep an event stream warm, as `: PROCESSING` does."""
    return data.startswith(b":") and b"data:" not in data
