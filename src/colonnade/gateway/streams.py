"""The one place where answers pass: whole or streamed, nothing is released before the call was closed.

The contract of streams stands in `docs/reference/streams.md`; `tests/gateway/contract/` holds it against every fault
of the simulator. In short: whole events are passed on as they come. The closing callbacks (meter, journal) run when the
answer is known whole and before the mark of its end is released. Whatever goes wrong ends the stream with an error
event in the caller's dialect, and without that mark; the upstream is broken off first.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from colonnade.errors import CallError, UpstreamFailed
from colonnade.gateway import events, wire
from colonnade.gateway.account import Account
from colonnade.gateway.call import Call, Reply
from colonnade.gateway.flow import flow_of, outlet_of
from colonnade.gateway.namesake import check_snapshot
from colonnade.gateway.silence import PLENTY, nothing_said
from colonnade.gateway.understanding import understand_whole
from colonnade.gateway.unexpected import unexpected
from colonnade.gateway.unreadable import UNREADABLE, malformed
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
            waiting = callback(reply)
            if waiting is not None:
                await waiting
        except Exception as error:  # noqa: BLE001 - the callbacks that follow must still run
            failure = failure or error
            reply.complete = False
    if failure is not None:
        raise failure if isinstance(failure, CallError) else unexpected(failure)


def close_whole(call: Call, reply: Reply) -> Awaitable[None]:
    """Understand a whole reply that no stage has understood yet, and close the call."""
    if not reply.understood and reply.status == 200:
        understand_whole(call, reply)
    reply.complete = reply.status < 400 and not reply.error
    return close(call, reply)


class Passage:
    """One streamed answer on its way to the caller."""

    __slots__ = (
        "_account",
        "_asked_for_usage",
        "_call",
        "_done",
        "_framing",
        "_held",
        "_outlet",
        "_reply",
        "_send",
        "_size",
        "_writer",
    )

    def __init__(self, call: Call, reply: Reply, send: Send) -> None:
        self._call = call
        self._reply = reply
        self._send = send
        self._outlet = outlet_of(send)
        self._framing = events.Framing()
        self._account = Account()
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
        if error is not None:  # the upstream stops working before anything is written or sent
            await _end(chunks)
        await self._send_end(await self._conclude(error))
        await _end(chunks)

    async def _pass_all(self, chunks: AsyncIterator[bytes]) -> None:
        watch = self._call.watch
        flow = flow_of(chunks) if self._outlet is not None else None
        async for chunk in chunks:
            if watch is not None:
                watch.held_up = True
            block = self._framing.take(chunk)
            plain = events.plain_length(block) if block else 0
            if plain and plain == len(block):
                await self._release(block)
            elif block:
                await self._pass(block, plain)
            if watch is not None:
                watch.touch()
            if self._done:
                return
            if flow is not None:
                await flow(self._take_at_once)

    def _take_at_once(self, part: bytes) -> bool:
        """Pass on plain events that came whole, while the caller reads; see `Sink`."""
        outlet, watch = self._outlet, self._call.watch
        if outlet is None or self._framing.rest or not outlet.free():
            return False
        if events.plain_length(part) != len(part):
            return False
        self._keep(part)
        written = part if self._writer is None else self._writer.take(part)
        if written:
            outlet.pass_on(written)
        if watch is not None:
            watch.touch()
        return True

    async def _pass(self, block: bytes, plain: int) -> None:
        if plain:
            await self._release(block[:plain])
        await self._look_into(block[plain:])

    def _keep(self, block: bytes) -> None:
        self._size += len(block)
        if self._size > _LARGEST_ANSWER:
            raise malformed("The upstream's answer has no end.")
        self._account.add(block)

    async def _release(self, block: bytes) -> None:
        """Keep the block for the account, and pass it on."""
        self._keep(block)
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
                comment = events.comment_in(block)
                await self._send({"type": "http.response.body", "body": comment, "more_body": True})
                continue
            await self._take(data)

    async def _take(self, data: bytes) -> None:
        try:
            event = wire.document(data)
        except UNREADABLE as error:
            raise malformed("The upstream sent an event that is no part of an answer.") from error
        if len(event.error) > 4:  # 4 is the length of `null`
            raise UpstreamFailed("The upstream broke its answer off with an error.", code="upstream_error")
        line = b"data: " + data.replace(b"\n", b" ") + b"\n\n"
        if event.choices or len(event.usage) <= 4 or self._writer is not None:
            await self._release(line)
        else:
            self._held = line
            self._account.add(line)

    async def _conclude(self, error: CallError | None) -> CallError | None:
        """Account for what passed, close the call; the error that the caller must see, if any."""
        reply = self._reply
        try:
            self._account.settle(self._call, reply)
            if error is None:
                self._check()
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

    def _check(self) -> None:
        """Raise the error for a stream that ended, and is not a whole answer of the right model."""
        finish = self._reply.finish
        if not self._done and (self._framing.broken or not finish):
            raise UpstreamFailed("The upstream broke off in the middle of its answer.", code="upstream_cut")
        if not self._done:
            raise malformed("The upstream ended its stream without the mark of its end.")
        if not finish:
            raise malformed("The upstream finished no choice.")
        if self._call.binding is not None:
            check_snapshot(self._call, self._call.binding)
        if self._call.attempts and finish == PLENTY and not self._account.says:
            raise nothing_said()

    async def _send_end(self, error: CallError | None) -> None:
        if self._writer is not None:
            end = self._writer.end(self._reply) if error is None else self._writer.fail(error)
        elif error is None:
            end = (self._held if self._asked_for_usage else b"") + events.DONE
        else:
            end = wire.error_event(error)
        await self._send({"type": "http.response.body", "body": end, "more_body": False})


async def _end(chunks: AsyncIterator[bytes]) -> None:
    """End a generator of a stage, and with it the upstream's work, here and not when the collector finds it."""
    closer = getattr(chunks, "aclose", None)
    if closer is not None:
        await closer()
