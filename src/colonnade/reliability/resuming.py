"""A stream that breaks in the middle goes on once, at a target that can continue a text; the caller sees one answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from colonnade.errors import CallError, UpstreamFailed
from colonnade.gateway import events, silence
from colonnade.gateway.call import Call, Reply
from colonnade.gateway.unreadable import UNREADABLE, malformed
from colonnade.reliability.choosing import STAGE, Choosing
from colonnade.reliability.noting import StreamEnd, broke_off
from colonnade.reliability.partial import Partial, continuable
from colonnade.reliability.retrying import Meaning
from colonnade.reliability.targets import Target
from colonnade.reliability.trip import Trip

FIELD: Final = "colonnade_resumed_after"
"""In the first event of the rest: the code of what broke the stream."""
_MOST_KEPT: Final = 4 << 20
"""Bytes of a stream that are kept to be continued; a longer one ends as every stream that breaks."""
_LAST: Final = Meaning(None, "anywhere")
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def resumable(trip: Trip, reply: Reply) -> bool:
    """Whether the stream of this reply may go on after a break."""
    plan = trip.plan
    able = plan.hedging is None and any(seat.target.upstream.prefill for seat in plan.seats)
    return able and reply.chunks is not None and trip.end is not None and continuable(trip.call)


class Resuming:
    """The stream of one call, over at most two attempts. Whole events pass; what is kept of them is one append each."""

    __slots__ = (
        "_chunks",
        "_done",
        "_end",
        "_failure",
        "_framing",
        "_kept",
        "_place",
        "_reply",
        "_rest",
        "_size",
        "_trip",
    )

    def __init__(self, trip: Trip, reply: Reply) -> None:
        assert reply.chunks is not None
        assert trip.end is not None
        self._trip = trip
        self._reply = reply
        self._chunks: AsyncIterator[bytes] = reply.chunks
        self._end: StreamEnd = trip.end
        self._place = len(trip.call.tried) - 1
        self._framing = events.Framing()
        self._kept: list[bytes] = []
        self._size = 0
        self._rest: _Rest | None = None
        self._failure: CallError | None = None
        self._done = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        """The next whole events.

        Raises:
            CallError: the stream broke, and does not go on.
        """
        while True:
            failure, self._failure = self._failure, None
            if failure is None:
                block, failure = await self._read()
                passed = self._passed(block) if block else b""
                if passed:
                    self._failure = failure
                    return passed
            if failure is not None:
                return await self._resume(failure)

    async def aclose(self) -> None:
        """Break off what is under way."""
        closer = getattr(self._chunks, "aclose", None)
        if closer is not None:
            await closer()

    async def _read(self) -> tuple[bytes, CallError | None]:
        """Whole events, and what is wrong with what follows them."""
        try:
            return self._good(self._framing.take(await self._chunks.__anext__()))
        except StopAsyncIteration:
            if self._done or self._rest is not None or Partial.of(self._kept) is None:
                raise  # whether that was a good end is judged where all streams are
            return b"", UpstreamFailed(
                "The upstream broke off in the middle of its answer.", code="upstream_cut"
            )
        except asyncio.CancelledError:
            error = self._trip.call.watch.error() if self._trip.call.watch is not None else None
            if error is None:
                raise
            return b"", error
        except CallError as error:
            return b"", error

    def _good(self, block: bytes) -> tuple[bytes, CallError | None]:
        """The events before the first that says that the answer failed, or that is none."""
        plain = events.plain_length(block) if block else 0
        if plain == len(block):
            return block, None
        good = plain
        for raw in block[plain:].rstrip(b"\n").split(b"\n\n"):
            failure = self._failed(raw)
            if failure is not None:
                return block[:good], failure
            good = min(good + len(raw) + 2, len(block))
        return block, None

    def _failed(self, raw: bytes) -> CallError | None:
        [data] = events.split(raw)
        self._done = self._done or data == b"[DONE]"
        if not data or self._done:
            return None
        try:
            event = silence.event(data)
        except UNREADABLE:
            return malformed("The upstream sent an event that is no part of an answer.")
        if len(event.error) > len("null"):
            return UpstreamFailed("The upstream broke its answer off with an error.", code="upstream_error")
        return None

    def _passed(self, block: bytes) -> bytes:
        if self._rest is not None:
            return self._rest.written(block)
        self._size += len(block)
        if self._size <= _MOST_KEPT:
            self._kept.append(block)
        return block

    async def _resume(self, failure: CallError) -> bytes:
        """Go on elsewhere: a mark of it. Raises the failure where that cannot be."""
        call, code = self._trip.call, failure.code or failure.type
        partial = None if self._rest is not None or self._size > _MOST_KEPT else Partial.of(self._kept)
        if partial is None or not broke_off(code):
            raise failure
        await self.aclose()
        self._end.broke(code)
        reply = await self._asked(partial, failure)
        assert reply.chunks is not None, "a streamed call is answered with a stream"
        self._chunks, self._framing, self._done = reply.chunks, events.Framing(), False
        self._reply.closing += reply.closing
        self._reply.resumed = True
        self._rest = _Rest(partial, code)
        call.tried[self._place] = replace(call.tried[self._place], error=code, usage=partial.usage(call))
        return b": resumed after %b\n\n" % code.encode()

    async def _asked(self, partial: Partial, failure: CallError) -> Reply:
        """One more attempt, at whoever can continue; raises `failure` where there is none, or where it fails."""
        trip, call, first = self._trip, self._trip.call, self._end.target
        if call.watch is not None:
            call.watch.again()
        leg = replace(call, reply_headers=[])
        second = Trip.after(trip, leg, self._among(leg, first), failure)
        target, probe = await second.turn()
        request = partial.request(call, target.upstream.prefill or "trailing")
        if request is None or not first.upstream.budget.spend(trip.clock()):
            second.let_go(target, probe=probe)
            raise failure
        leg.request = request
        first.upstream.count("colonnade_retries_total", upstream=first.upstream.name)
        call.decide(STAGE, f"{failure.code}: {target.name} goes on after {len(partial.text)} characters")
        try:
            reply = await second.ask(leg, target, probe=probe)
        except CallError:
            raise failure from None
        finally:
            call.attempts = leg.attempts
        if second.end is not None:
            second.end.reply = self._reply
        call.binding_name, call.binding, call.upstream = leg.binding_name, leg.binding, leg.upstream
        return reply

    def _among(self, leg: Call, first: Target) -> Choosing:
        """Those that can continue a text; the one that broke off comes last."""
        choosing = Choosing(leg, self._trip.plan)
        choosing.remember(first, _LAST)
        for seat in self._trip.plan.seats:
            if seat.target.upstream.prefill is None:
                choosing.pass_over(seat.target)
        return choosing


class _Rest:
    """The events of the second attempt, as those of the answer that was begun."""

    __slots__ = ("_after", "_named")

    def __init__(self, partial: Partial, after: str) -> None:
        self._named = {"id": partial.id, "created": partial.created}
        self._after: dict[str, str] = {FIELD: after}

    def written(self, block: bytes) -> bytes:
        """Whole events; one that only names the role is left out: it was named before."""
        return b"".join(self._event(raw) for raw in block.rstrip(b"\n").split(b"\n\n"))

    def _event(self, raw: bytes) -> bytes:
        [data] = events.split(raw)
        if not data or data == b"[DONE]":
            return raw + b"\n\n"
        try:
            event = _decode(data)
        except UNREADABLE:
            return raw + b"\n\n"  # found where every stream is looked through
        if _only_role(event):
            return b""
        after, self._after = self._after, {}
        return b"data: " + msgspec.json.encode({**event, **self._named, **after}) + b"\n\n"


def _only_role(event: dict[str, Any]) -> bool:
    choices = event.get("choices") or []
    return bool(choices) and all(
        not choice.get("finish_reason")
        and not any(value for name, value in (choice.get("delta") or {}).items() if name != "role")
        for choice in choices
    )
