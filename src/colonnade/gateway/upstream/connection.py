"""One HTTP/1.1 connection to an upstream, parsed by httptools."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

import httptools

from colonnade.errors import UpstreamFailed
from colonnade.gateway.upstream.exchange import Exchange

_LONGEST_HEAD = 64 << 10
_LONG_HEAD = "The head of the upstream's answer is too long."


class Connection(asyncio.Protocol):
    """Carries one exchange after the other. `freed(connection)` is called when it can carry the next one."""

    __slots__ = (
        "_ends_with_connection", "_exchange", "_freed", "_informational", "_lines", "_lost", "_parser", "_parts",
        "_transport", "_unspent", "alive", "idle_since", "kept", "loop", "on_body",
    )  # fmt: skip

    def __init__(self, freed: Callable[[Connection], None], lost: Callable[[Connection], None]) -> None:
        self.loop = asyncio.get_running_loop()
        self._freed = freed
        self._lost = lost
        self._transport: asyncio.Transport | None = None
        self._parts: list[bytes] = []  # of the body, that came with what is being read
        self.on_body = self._parts.append  # without a function of ours for each of the many parts of a burst
        self._parser = httptools.HttpResponseParser(self)
        self._exchange: Exchange | None = None
        self._lines: list[tuple[bytes, bytes]] = []
        self._unspent = 0  # bytes since the last head or piece of a body was complete
        self._informational = False
        self._ends_with_connection = False
        self.alive = False
        self.kept = False
        self.idle_since = 0.0

    def send(self, exchange: Exchange, request: bytes) -> None:
        """Write the request; the exchange is told of everything that follows."""
        assert self._transport is not None, "a connection is handed out after it was made"
        self._exchange = exchange
        self._transport.write(request)

    def abort(self) -> None:
        """Close at once: the upstream sees a reset and can stop its work."""
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        """Close a connection that carries nothing."""
        self.alive = False
        if self._transport is not None:
            self._transport.close()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is open."""
        self._transport = cast("asyncio.Transport", transport)
        self.alive = True

    def data_received(self, data: bytes) -> None:
        """Feed the parser; what is no HTTP ends the connection, and so does what nobody asked for."""
        if self._exchange is None:
            self._fail("The upstream spoke without being asked.")
            return
        self._unspent += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail("The upstream answered something that is not HTTP.")
        else:
            if self._parts:
                self._tell_parts()
            if self._unspent > _LONGEST_HEAD:
                self._fail(_LONG_HEAD)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; an answer that was not complete failed."""
        self.alive = False
        exchange, self._exchange = self._exchange, None
        self._lost(self)
        if exchange is None:
            return
        if self._ends_with_connection and exc is None:
            exchange.on_end()
        else:
            exchange.on_failure(_cut())

    def _fail(self, sentence: str) -> None:
        self.alive = False
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.on_failure(UpstreamFailed(sentence, code="upstream_malformed"))
        self.abort()

    def pause(self) -> None:
        """Read nothing for now: whoever asked is slower than the upstream."""
        if self.alive and self._transport is not None:
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        if self.alive and self._transport is not None:
            self._transport.resume_reading()

    # httptools

    def on_message_begin(self) -> None:
        """A status line begins."""
        self._lines = []
        if self._exchange is not None:
            self._exchange.answered = True
        else:  # behind the answer that was asked for: the connection may be promised, and must not be used
            self._fail("The upstream spoke without being asked.")

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self._lines.append((name, value))

    def on_headers_complete(self) -> None:
        """The head is complete; 1xx answers are passed over, and the last header of a name wins."""
        status = self._parser.get_status_code()
        arrived, self._unspent = self._unspent, 0
        if (
            arrived > _LONGEST_HEAD
            and sum(len(name) + len(value) for name, value in self._lines) > _LONGEST_HEAD
        ):
            self._fail(_LONG_HEAD)
        self._informational = status < 200
        if self._informational or self._exchange is None:
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in self._lines}
        self._lines = []
        self._ends_with_connection = "content-length" not in headers and "transfer-encoding" not in headers
        self._exchange.on_head(status, headers)

    def on_message_complete(self) -> None:
        """The answer is complete; the connection is free if both sides keep it."""
        if self._parts:
            self._tell_parts()
        self._unspent = 0
        if self._informational:
            return
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            if exchange.paused:
                exchange.paused = False
                self.resume()
            exchange.on_end()
        if exchange is not None and self._parser.should_keep_alive():
            self._freed(self)
        else:
            self.close()

    def _tell_parts(self) -> None:
        parts, self._unspent = self._parts, 0
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        parts.clear()
        if self._exchange is not None:
            self._exchange.on_body(data)


def _cut() -> UpstreamFailed:
    return UpstreamFailed("The upstream broke the connection off.", code="upstream_cut")
