"""An upstream without tools is asked so that its answer can be read as a call, and the answer is told as one.

A streamed answer is held until it is complete, because only then is it known what it says: the caller is sent the role at
the first sign of life, comments while the answer is written, and then the whole of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import msgspec
from msgspec.structs import replace

from colonnade.errors import UpstreamFailed
from colonnade.gateway import events, wire
from colonnade.gateway.emulation.heard import heard
from colonnade.gateway.emulation.offer import Offer
from colonnade.gateway.unreadable import malformed
from colonnade.gateway.upstream.inner import ChunkWriter
from colonnade.gateway.upstream.interface import Answer, Ask, Upstream

_ALIVE = b": alive\n\n"
_ALIVE_EVERY_S = 0.5
_encode = msgspec.json.Encoder().encode


async def emulated(upstream: Upstream, ask: Ask) -> Answer:
    """Ask with tools where there are none; raises what the upstream raises, and InvalidRequest for a faulty offer."""
    offer = Offer.of(ask.request)
    request = offer.request(ask.request)
    answer = await upstream.ask(replace(ask, body=_encode(request), request=request))
    if not offer.tools:
        return answer
    if answer.chunks is not None:
        return replace(answer, chunks=_Held(answer, offer))
    return replace(answer, body=_told(answer.body, offer))


def _told(body: bytes, offer: Offer) -> bytes:
    try:
        document = msgspec.json.decode(body)
        for choice in document["choices"]:
            written = choice["message"].get("content") or ""
            finish = choice.get("finish_reason") or "stop"
            choice["message"], choice["finish_reason"] = heard(written, finish, offer)
            choice["logprobs"] = None  # they are those of the JSON
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, AttributeError, KeyError, TypeError):
        raise malformed("The upstream answered something that is no answer.") from None
    return _encode(document)


class _Held:
    """The stream of an answer that is held until it is complete."""

    def __init__(self, answer: Answer, offer: Offer) -> None:
        self._answer = answer
        self._told = self._tell(answer, offer)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        return await self._told.__anext__()

    async def aclose(self) -> None:
        """Break the upstream's work off where it is not complete."""
        await self._told.aclose()
        await self._answer.close()

    async def _tell(self, answer: Answer, offer: Offer) -> AsyncGenerator[bytes, None]:
        written, writer, silent_since = _Written(), ChunkWriter(), 0.0
        now = asyncio.get_running_loop().time
        assert answer.chunks is not None
        async for chunk in answer.chunks:
            if written.take(chunk):
                writer.named(written.id, written.model)
                yield writer.open()
                silent_since = now()
            elif now() - silent_since > _ALIVE_EVERY_S:
                yield _ALIVE
                silent_since = now()
        yield written.told(writer, offer)


class _Written:
    """What an upstream wrote so far."""

    def __init__(self) -> None:
        self.id = ""
        self.model = ""
        self._framing = events.Framing()
        self._pieces: list[str] = []
        self._finish = ""
        self._usage: Any = None
        self._done = False

    def take(self, chunk: bytes) -> bool:
        """More of the stream; whether this is its beginning."""
        begins = False
        block = self._framing.take(chunk)
        for data in events.split(block) if block else ():
            if data == b"[DONE]":
                self._done = True
            elif data:
                begins = self._take(data) or begins
        return begins

    def _take(self, data: bytes) -> bool:
        try:
            event = _event(data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise malformed("The upstream sent an event that is no part of an answer.") from None
        if event.error is not None:
            raise UpstreamFailed("The upstream broke its answer off with an error.", code="upstream_error")
        begins = not self.id
        self.id, self.model = self.id or event.id or "chatcmpl-emulated", self.model or event.model or ""
        self._usage = event.usage or self._usage
        for choice in event.choices:
            self._finish = choice.finish_reason or self._finish
            if choice.delta is not None and choice.delta.content:
                self._pieces.append(choice.delta.content)
        return begins

    def told(self, writer: ChunkWriter, offer: Offer) -> bytes:
        """The events of the answer, once it is complete.

        Raises:
            UpstreamFailed: it is not complete, or not in the form that was asked for.
        """
        if not self._done or not self._finish:
            raise UpstreamFailed("The upstream broke off in the middle of its answer.", code="upstream_cut")
        message, finish = heard("".join(self._pieces), self._finish, offer)
        calls = [{"index": place, **call} for place, call in enumerate(message.get("tool_calls") or ())]
        said = writer.delta({"tool_calls": calls}) if calls else writer.text(message["content"] or "")
        return said + writer.end(finish, self._usage)


class _Event(msgspec.Struct):
    """One event of the stream that is held."""

    id: str | None = None
    model: str | None = None
    choices: list[wire.Choice] = []
    usage: dict[str, Any] | None = None
    error: Any = None


_event = msgspec.json.Decoder(_Event).decode
