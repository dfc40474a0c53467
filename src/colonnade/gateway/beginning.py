"""A stream has begun when it says something: whatever goes wrong before is an error with a status, and may be tried elsewhere.

Providers begin with an event that names the role, and some with comments while a call waits for its turn. Neither is
an answer yet. They are passed on together with the first word, which usually is there at the same time.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Final

import msgspec

from colonnade.gateway import events, silence
from colonnade.gateway.call import Call, Reply
from colonnade.gateway.silence import PLENTY, nothing_said
from colonnade.gateway.tokens import usage_from
from colonnade.gateway.unreadable import UNREADABLE, malformed
from colonnade.gateway.upstream.verdicts import told

_NULL: Final = len("null")
_LONGEST: Final = 4 << 20
"""More than this is not held back: an upstream that only sends comments must not fill the memory."""
_PLAIN = re.compile(rb'data: \{"(?!error")').match
_WORD = re.compile(rb'"content"\s*:\s*"[^"]').search
_MODEL = re.compile(rb'"model"\s*:\s*"([^"\\]*)"').search
_ERROR = re.compile(rb'"error"\s*:').search


async def begun(call: Call, reply: Reply, chunks: AsyncIterator[bytes]) -> bytes:
    """Everything up to the first word; the model that it names is in `call`, a usage that was told in `reply`.

    Raises:
        CallError: the stream failed or ended before, or was finished without a word.
        CallError: as the stream raises.
    """
    first = await _next(chunks)
    if _PLAIN(first) and _WORD(first) and not (b'"error"' in first and _ERROR(first)):
        named = _MODEL(first)
        call.answered_by = named[1].decode("utf-8", "replace") if named is not None else ""
        return first
    beginning, parts = Beginning(), [first]
    try:
        while not beginning.take(parts[-1]):
            parts.append(await _next(chunks))
    finally:
        call.answered_by = beginning.model
        beginning.tell(reply)
    return b"".join(parts)


class Beginning:
    """What is known of a stream that has said nothing yet."""

    __slots__ = ("_finish", "_framing", "_opened", "_size", "_usage", "model")

    def __init__(self) -> None:
        self._framing = events.Framing()
        self._size = 0
        self._opened = False
        self._finish = ""
        self._usage: msgspec.Raw | None = None
        self.model = ""

    def take(self, chunk: bytes) -> bool:
        """Whether the stream has begun with this chunk.

        Raises:
            CallError: it says that it failed, sends what is no event, or is complete without a word.
        """
        self._size += len(chunk)
        if self._size > _LONGEST:
            raise malformed("The upstream goes on without a word.")
        block = self._framing.take(chunk)
        return any(self._begins(data) for data in events.split(block)) if block else False

    def tell(self, reply: Reply) -> None:
        """Leave what the upstream says it used."""
        reported = None if self._usage is None else usage_from(self._usage, text="")
        if reported is not None:
            reply.usage = reported

    def _begins(self, data: bytes) -> bool:
        """A comment after the role says that words take long, as with emulated tools: the role goes ahead."""
        if not data:
            return self._opened
        if data == b"[DONE]":
            raise nothing_said() if self._finish else malformed("The upstream finished no choice.")
        try:
            event = silence.event(data)
        except UNREADABLE as error:
            raise malformed("The upstream sent an event that is no part of an answer.") from error
        if len(event.error) > _NULL:
            raise told(bytes(event.error))
        self._note(event)
        return event.says or self._finish not in ("", PLENTY)

    def _note(self, event: silence.Event) -> None:
        self._opened = self._opened or bool(event.choices)
        self._finish = event.finish or self._finish
        self.model = self.model or event.model or ""
        if len(event.usage) > _NULL:
            self._usage = event.usage


async def _next(chunks: AsyncIterator[bytes]) -> bytes:
    try:
        while True:
            chunk = await chunks.__anext__()
            if chunk:
                return chunk
    except StopAsyncIteration:
        raise malformed("The upstream ended its stream before the first word.") from None
