"""Answers that are no text pass as they come, with the upstream's content type, and are closed before their last byte.

The contract of streams holds here, too (`gateway/streams.py`), as far as sound can: a sound that breaks off ends with
a broken connection, because bytes of an error would be played; an event stream ends with an error event.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from colonnade.errors import CallError
from colonnade.gateway import events, wire
from colonnade.gateway.answers import EVENT_STREAM
from colonnade.gateway.call import Call, Reply
from colonnade.gateway.respond import Send
from colonnade.gateway.streams import close
from colonnade.gateway.understanding import understand_media
from colonnade.gateway.unexpected import unexpected
from colonnade.gateway.unreadable import malformed
from colonnade.gateway.watch import meaning

_LARGEST_ANSWER = 256 << 20
_LARGEST_EVENT = 32 << 20
"""An event may hold a picture."""


class MediaPassage:
    """One answer that is no chat on its way to the caller, one part behind the upstream."""

    def __init__(self, call: Call, reply: Reply, send: Send) -> None:
        self._call = call
        self._reply = reply
        self._send = send
        self._framing = (
            events.Framing(_LARGEST_EVENT) if reply.content_type.startswith(EVENT_STREAM) else None
        )
        self._held = b""
        self._size = 0

    async def run(self, chunks: AsyncIterator[bytes]) -> None:
        """Pass the answer on to its end, close the call, and release the end."""
        error: CallError | None = None
        try:
            await self._pass_all(chunks)
        except asyncio.CancelledError:
            error = meaning(self._call.watch)
        except CallError as fault:
            error = fault
        except Exception as fault:  # noqa: BLE001 - a stage that wraps the answer broke: the caller must learn it
            error = unexpected(fault)
        await self._send_end(await self._conclude(error))
        closer = getattr(chunks, "aclose", None)
        if closer is not None:
            await closer()

    async def _pass_all(self, chunks: AsyncIterator[bytes]) -> None:
        watch = self._call.watch
        async for chunk in chunks:
            if watch is not None:
                watch.held_up = True
            self._size += len(chunk)
            if self._size > _LARGEST_ANSWER:
                raise malformed("The upstream's answer has no end.")
            part = chunk if self._framing is None else self._framing.take(chunk)
            if part:
                await self._release(self._held)
                self._held = part
            if watch is not None:
                watch.touch()

    async def _release(self, part: bytes) -> None:
        if part:
            await self._send({"type": "http.response.body", "body": part, "more_body": True})

    async def _conclude(self, error: CallError | None) -> CallError | None:
        """Account for what passed and close the call; the error that ends the answer, if any."""
        reply = self._reply
        ended = understand_media(self._call, reply, events.split(self._held) if self._framing else [])
        if self._framing is not None and (self._framing.broken or not ended):
            error = error or malformed("The upstream ended its stream without the mark of its end.")
        reply.complete = error is None
        reply.error = "" if error is None else (error.code or error.type)
        try:
            await close(self._call, reply)
        except CallError as fault:
            reply.error = reply.error or fault.code or fault.type
            error = error or fault
        return error

    async def _send_end(self, error: CallError | None) -> None:
        """A sound that broke off gets no end at all: the server then closes the connection, which callers notice."""
        if error is None:
            end = self._held
        elif self._framing is not None:
            end = self._held + wire.error_event(error)
        else:
            return
        await self._send({"type": "http.response.body", "body": end, "more_body": False})
