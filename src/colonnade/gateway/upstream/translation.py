"""A stream in another wire becomes a stream in the gateway's own form while it is read, event by event.

Nothing is read ahead: whoever reads slowly makes the upstream wait. What came before a fault is passed on first.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Protocol

import msgspec

from colonnade.errors import CallError, UpstreamFailed
from colonnade.gateway import events
from colonnade.gateway.upstream.exchange import Exchange


class Framer(Protocol):
    """Cuts bytes into the events of a wire."""

    def take(self, chunk: bytes) -> Iterable[bytes]:
        """The whole events known so far; raises UpstreamFailed for what is none, after those before it."""


class Events(Protocol):
    """Translates the events of one answer."""

    @property
    def complete(self) -> bool:
        """Whether the event that ends a good answer was seen; its translation ended with `[DONE]`."""

    def take(self, event: bytes) -> bytes:
        """Events in the gateway's form, b"" if there is nothing to say yet.

        Raises:
            CallError: the event says that the answer failed, or is no part of an answer.
            msgspec.MsgspecError: the event is not what this wire sends.
        """


class ServerSentEvents:
    """The data of server-sent events; comments and events without data are left out."""

    __slots__ = ("_framing",)

    def __init__(self) -> None:
        self._framing = events.Framing()

    def take(self, chunk: bytes) -> list[bytes]:
        """The data of each whole event."""
        block = self._framing.take(chunk)
        return [data for data in events.split(block) if data] if block else []


class Translated:
    """The stream of one exchange in the gateway's own form.

    `at_end` is for wires whose answers end with their body instead of an event: it gives the last events, or raises
    UpstreamFailed where the answer is not complete.
    """

    __slots__ = ("_at_end", "_events", "_exchange", "_failure", "_framer")

    def __init__(
        self,
        exchange: Exchange,
        framer: Framer,
        translating: Events,
        *,
        at_end: Callable[[], bytes] | None = None,
    ) -> None:
        exchange.begins_when_told = True
        self._at_end = at_end or _unfinished
        self._exchange = exchange
        self._framer = framer
        self._events = translating
        self._failure: CallError | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        """This stream."""
        return self

    async def __anext__(self) -> bytes:
        """The next events.

        Raises:
            CallError: the upstream said so, broke off, or sent what is no part of an answer.
        """
        while not self._events.complete:
            if self._failure is not None:
                raise self._failure
            chunk = await self._read()
            translated = self._at_end() if chunk is None else self._translate(chunk)
            if translated:
                self._exchange.due.begun()
                return translated
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Break the upstream's work off where it is not complete."""
        await self._exchange.aclose()

    async def _read(self) -> bytes | None:
        """What came, None at the end."""
        try:
            return await self._exchange.__anext__()
        except StopAsyncIteration:
            return None

    def _translate(self, chunk: bytes) -> bytes:
        told: list[bytes] = []
        try:
            for event in self._framer.take(chunk):
                told.append(self._events.take(event))
                if self._events.complete:
                    self._exchange.told_end = True
                    break
        except CallError as error:
            self._failure = error
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            self._failure = UpstreamFailed(
                "The upstream sent an event that is no part of an answer.", code="upstream_malformed"
            )
        return b"".join(told)


def _unfinished() -> bytes:
    raise UpstreamFailed("The upstream ended its stream without the mark of its end.", code="upstream_cut")
