"""The one place where answers pass: whole or streamed, nothing is released before the call was closed.

The contract of streams, which tests hold against every fault of the simulator:

- Events are passed on as they come, in whole events. The usage event that the gateway asks for is shown only to
  callers that asked for it.
- The closing callbacks (meter, journal) run when the answer is known whole and before `[DONE]` is released.
- An upstream that is cut, stalls, sends what is no event or ends without a finish or `[DONE]` ends the
  stream with an event `data: {"error": {...}}` in OpenAI's shape, and without `[DONE]`.
- A gateway that is stopped while the stream runs ends it in the same way, `shutting_down`.
- A caller who leaves cancels the upstream; the call is closed with `complete` False and `error` `client_gone`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec

from colonnade.errors import CallError, UpstreamFailed
from colonnade.gateway import events, wire
from colonnade.gateway.call import Call, Reply
from colonnade.gateway.understanding import malformed, understand_events, understand_whole
from colonnade.gateway.unexpected import unexpected
from colonnade.gateway.watch import meaning

Send = Callable[[Any], Awaitable[None]]
_LARGEST_ANSWER = 64 << 20


async def close(call: Call, reply: Reply) -> None:
    """Run every closing callback, inner stages first; the first exception is raised when all have run."""
    if call.watch is not None:
        call.watch.release()
    failure: Exception | None = None
    for callback in reply.closing:
        try:
            await callback(reply)
        except Exception as error:  # noqa: BLE001 - the callbacks that follow must still run
            failure = failure or error
    if failure is not None:
        reply.complete = False
        raise failure if isinstance(failure, CallError) else unexpected(failure)


async def close_whole(call: Call, reply: Reply) -> None:
    """Understand a whole reply that no stage has understood yet, and close the call."""
    if not reply.understood and reply.status == 200:
        understand_whole(call, reply)
    reply.complete = reply.status < 400 and not reply.error
    await close(call, reply)


class Passage:
    """One streamed answer on its way to the caller."""

    __slots__ = (
        "_asked_for_usage",
        "_blocks",
        "_call",
        "_done",
        "_framing",
        "_held",
        "_reply",
        "_send",
        "_size",
        "_writer",
    )

    def __init__(self, call: Call, reply: Reply, send: Send) -> None:
        self._call = call
        self._reply = reply
        self._send = send
        self._framing = events.Framing()
        self._blocks: list[bytes] = []
        self._held = b""
        self._size = 0
        self._done = False
        self._writer = call.dialect.events(call, reply)
        options = call.request.get("stream_options") or {}
        self._asked_for_usage = bool(options.get("include_usage"))

    async def run(self, chunks: AsyncIterator[bytes]) -> None:
        """Pass the stream on to its end, close the call, and release the end."""
        error: CallError | None = None
        try:
            await self._pass_all(chunks)
        except asyncio.CancelledError:
            error = meaning(self._call.watch)
        except CallError as fault:
            error = fault
        except Exception as fault:  # noqa: BLE001 - a stage that wraps the stream broke: the caller must learn it
            error = unexpected(fault)
        await self._send_end(await self._conclude(error))
        closer = getattr(chunks, "aclose", None)
        if closer is not None:  # a generator of a stage: end it here, not when the collector finds it
            await closer()

    async def _pass_all(self, chunks: AsyncIterator[bytes]) -> None:
        touch = self._call.watch.touch if self._call.watch is not None else _nothing
        async for chunk in chunks:
            touch()
            block = self._framing.take(chunk)
            if not block:
                continue
            plain = events.plain_length(block)
            if plain:
                await self._release(block[:plain])
            if plain < len(block):
                await self._look_into(block[plain:])
            if self._done:
                return

    async def _release(self, block: bytes) -> None:
        """Keep the block for the account, and pass it on."""
        self._size += len(block)
        if self._size > _LARGEST_ANSWER:
            raise malformed("The upstream's answer has no end.")
        self._blocks.append(block)
        written = block if self._writer is None else self._writer.take(block)
        if written:
            await self._send({"type": "http.response.body", "body": written, "more_body": True})

    async def _look_into(self, block: bytes) -> None:
        """Events of which the first is not plain: take them one by one."""
        for data in events.split(block):
            if data == b"[DONE]":
                self._done = True
                return
            if not data:
                await self._send({"type": "http.response.body", "body": b": alive\n\n", "more_body": True})
                continue
            await self._take(data)

    async def _take(self, data: bytes) -> None:
        try:
            event = wire.document(data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise malformed("The upstream sent an event that is no part of an answer.") from error
        if len(event.error) > 4:  # 4 is the length of `null`
            raise UpstreamFailed("The upstream broke its answer off with an error.", code="upstream_error")
        line = b"data: " + data.replace(b"\n", b" ") + b"\n\n"
        if event.choices or len(event.usage) <= 4:
            await self._release(line)
        else:
            self._held = line
            self._blocks.append(line)

    async def _conclude(self, error: CallError | None) -> CallError | None:
        """Account for what passed, close the call; the error that the caller must see, if any."""
        reply = self._reply
        try:
            understand_events(self._call, reply, self._blocks)
            error = error or self._unfinished()
        except CallError as fault:
            error = error or fault
        reply.complete = error is None
        reply.error = "" if error is None else (error.code or error.type)
        try:
            await close(self._call, reply)
        except CallError as fault:
            reply.error = reply.error or fault.code or fault.type
            error = error or fault
        return error

    def _unfinished(self) -> CallError | None:
        if not self._done and (self._framing.broken or not self._reply.finish):
            return UpstreamFailed("The upstream broke off in the middle of its answer.", code="upstream_cut")
        if not self._done:
            return malformed("The upstream ended its stream without the mark of its end.")
        return None if self._reply.finish else malformed("The upstream finished no choice.")

    async def _send_end(self, error: CallError | None) -> None:
        if self._writer is not None:
            end = self._writer.end(self._reply) if error is None else self._writer.fail(error)
        elif error is None:
            end = (self._held if self._asked_for_usage else b"") + events.DONE
        else:
            end = wire.error_event(error)
        await self._send({"type": "http.response.body", "body": end, "more_body": False})


def _nothing() -> None:
    """A call without a watch has nothing to tell."""
