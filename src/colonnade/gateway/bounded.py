"""Nothing that a caller sends, holds back or leaves unread makes the server wait, grow or misunderstand.

uvicorn's protocol on httptools decides what is HTTP. What it leaves open is decided here: how large a head may be
and how long it may take, which heads are ambiguous, what happens to answers that are under way when the request
behind them is refused, and how a connection ends whose caller still sends or no longer reads.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import httptools

from colonnade.gateway import refusals
from colonnade.gateway.connections import Connections
from colonnade.gateway.cycle import Cycle
from colonnade.gateway.front import Front
from colonnade.gateway.refusals import Refusal, Refused
from colonnade.gateway.whole_answers import in_whole

LONGEST_HEAD: Final = 64 << 10
LONGEST_TARGET: Final = 8 << 10
MOST_HEADERS: Final = 256
MOST_PIPELINED: Final = 32
"""Requests that may wait behind the one that is being answered on the same connection."""
_LINGER_S = 5.0
_ONCE = frozenset({b"host", b"content-type", b"transfer-encoding", b"authorization", b"x-api-key"})
"""Headers of which two could be read in two ways; the parser itself sees to `content-length`."""
_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})


class BoundedProtocol(Front):
    """One connection of a caller."""

    __slots__ = (
        "_deaf", "_in_body", "_keeps", "_lingering", "_look", "_patient", "_refusal", "_running", "_since", "_size",
        "_unread",
    )  # fmt: skip

    server_state: Connections

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._size = 0  # bytes since the last head or piece of a body was complete
        self._since = 0.0  # when the head that is awaited began
        self._in_body = False
        self._deaf = False  # what still comes is thrown away
        self._keeps = False  # whether the connection outlives the request whose body is arriving
        self._running: Cycle | None = None
        self._refusal: Refusal | None = None
        self._look: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._lingering: asyncio.TimerHandle | None = None

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start to wait for the first head."""
        super().connection_made(transport)  # type: ignore[arg-type] # uvicorn narrows the type in the same way
        self._patient = _Patient(self)
        self.server_state.welcome(self)
        self._since = self.loop.time()
        self._look = self.loop.call_later(self.server_state.bounds.head_s, self._look_at_head)

    def data_received(self, data: bytes) -> None:
        """Feed the parser, unless the connection is ending."""
        self._unset_keepalive_if_required()
        if self._deaf:
            return
        if not self._size:
            self._since = self.loop.time()
        self._size += len(data)
        try:
            self._feed(data)
        except httptools.HttpParserError as error:
            self._refuse(refusals.refusal_of(error))
        else:
            if self._size > LONGEST_HEAD:
                self._refuse(refusals.MALFORMED if self._in_body else refusals.LARGE_HEAD)

    def pause_writing(self) -> None:
        """The caller does not read: that is borne for a while."""
        super().pause_writing()
        self._unread = self.loop.call_later(self.server_state.bounds.unread_s, self.transport.abort)

    def resume_writing(self) -> None:
        """The caller reads again."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more is waited for; whoever is answering learns that nobody listens."""
        self.server_state.silent.pop(self, None)
        for timer in (self._look, self._unread, self._lingering):
            if timer is not None:
                timer.cancel()
        self._unset_keepalive_if_required()
        running, self._running = self._running, None
        if running is not None:
            running.leave()
        super().connection_lost(exc)
        # These refer to this protocol: it shall be gone with its connection, not with the next round of the collector.
        self._look = self._unread = self._lingering = self.timeout_keep_alive_task = None
        self._patient = self.cycle = None  # type: ignore[assignment] # nobody asks for them any more

    def timeout_keep_alive_handler(self) -> None:
        """Nothing was asked for long: close, without patience for an answer that was never read."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            super().timeout_keep_alive_handler()

    # httptools

    def on_message_begin(self) -> None:
        """A head begins, maybe in the middle of what arrived."""
        if not self._size:
            self._size, self._since = 1, self.loop.time()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header of the head; trailers behind a body say nothing here."""
        if self._in_body:
            return
        headers = self.headers
        headers.append((name.lower(), value))
        if len(headers) > MOST_HEADERS:
            raise Refused(refusals.LARGE_HEAD)

    def on_headers_complete(self) -> None:
        """The head is here; nothing is answered in keeping the connection before the body is here, too."""
        if self.parser.should_upgrade():
            return
        self._check_head()
        super().on_headers_complete()
        self._in_body, self._size = True, 0
        self._keeps, self.cycle.keep_alive = self.cycle.keep_alive, False
        self.cycle.transport = self._patient

    def on_body(self, body: bytes) -> None:
        """Some of the body."""
        self._size = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is complete, and the next head may begin."""
        if self.parser.should_upgrade():
            return
        super().on_message_complete()
        self._in_body, self._size = False, 0
        if not self.cycle.response_started:
            self.cycle.keep_alive = self._keeps
            self.cycle.transport = self.transport

    # uvicorn

    def on_response_complete(self) -> None:
        """Begin with what waits, or tell why nothing more is taken."""
        if self._lingering is not None:
            return
        super().on_response_complete()
        if self.transport.is_closing():
            if self.transport.get_write_buffer_size():
                self._unread = self.loop.call_later(self.server_state.bounds.unread_s, self.transport.abort)
        elif self._running is not None and self._running.response_complete:
            self.server_state.silent[self] = None
            if self._refusal is not None:
                self._tell(self._refusal)

    def shutdown(self) -> None:
        """Close, or keep the connection no longer than the answer that is under way."""
        self._keeps = False
        if self._lingering is None:
            super().shutdown()

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        self._running = cycle
        self.server_state.silent.pop(self, None)
        if self.server_state.full and cycle.scope["path"] not in _PROBES:
            app = refusals.refuse_for_room
        elif cycle.scope["http_version"] == "1.0":
            app = in_whole(app)
        super()._start_asgi_task(cycle, app)

    # our own

    def give_way(self) -> None:
        """Nothing is asked here, and the place is needed."""
        self.server_state.silent.pop(self, None)
        self.connections.discard(self)
        self.transport.close()

    def linger(self) -> None:
        """End the connection when its caller has stopped sending.

        A socket that is closed with something unread in it is reset, and the caller may never see the answer.
        """
        self._deaf = True
        if self._lingering is None:
            self._lingering = self.loop.call_later(_LINGER_S, self.transport.abort)
            self.flow.resume_reading()
            self.transport.write_eof()

    def _feed(self, data: bytes) -> None:
        """Feed the parser. It stops at a head that wishes to leave HTTP/1.1: that wish is struck out, and it goes on."""
        while data:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                data = self._head_without_upgrade() + data[upgrade.args[0] :]
                self.parser = httptools.HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
            else:
                return

    def _head_without_upgrade(self) -> bytes:
        method = self.parser.get_method()
        if method == b"CONNECT":
            raise httptools.HttpParserError("There is no tunnel here.")
        line = b"%b %b HTTP/%b\r\n" % (method, self.url, self.parser.get_http_version().encode())
        kept = (b"%b: %b\r\n" % header for header in self.headers if header[0] != b"upgrade")
        return line + b"".join(kept) + b"\r\n"

    def _check_head(self) -> None:
        version = self.parser.get_http_version()
        if version not in {"1.1", "1.0"}:
            raise Refused(refusals.OTHER_VERSION)
        if len(self.url) > LONGEST_TARGET:
            raise Refused(refusals.LONG_TARGET)
        if self._size > LONGEST_HEAD and self._head_size() > LONGEST_HEAD:
            raise Refused(refusals.LARGE_HEAD)
        named = dict(self.headers)
        if len(named) < len(self.headers) and self._repeats():
            raise Refused(refusals.AMBIGUOUS)
        if version == "1.1" and b"host" not in named:
            raise Refused(refusals.NO_HOST)
        coding = named.get(b"transfer-encoding")
        if coding is not None and (version == "1.0" or coding.lower() != b"chunked"):
            raise Refused(refusals.MALFORMED if version == "1.0" else refusals.UNKNOWN_CODING)
        self.expect_100_continue = named.get(b"expect", b"").lower() == b"100-continue"
        if len(self.pipeline) >= MOST_PIPELINED:
            raise Refused(refusals.MANY_AT_ONCE)

    def _repeats(self) -> bool:
        names = [name for name, _ in self.headers if name in _ONCE]
        return len(set(names)) < len(names)

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _refuse(self, refusal: Refusal) -> None:
        """Take nothing more. What was asked before is answered first; a request that broke off is none."""
        self._deaf = True
        broken = self.cycle if self._in_body else None
        if broken is not None and self.pipeline and self.pipeline[0][0] is broken:
            self.pipeline.popleft()
        elif broken is not None:
            broken.leave()
        busy = self._running is not None and not self._running.response_complete
        if busy and self._running is not broken:
            self._refusal = refusal
        elif broken is not None and broken is self._running and broken.response_started:
            self.linger()
        else:
            self._tell(refusal)

    def _tell(self, refusal: Refusal) -> None:
        self.server_state.silent.pop(self, None)
        self._unset_keepalive_if_required()
        self.transport.write(refusals.written(refusal, self.server_state.default_headers))
        self.linger()

    def _look_at_head(self) -> None:
        """One timer a connection, not a request: a head that is not here for too long ends the connection."""
        if self._deaf:
            return
        waiting = self.cycle is None or (self._size > 0 and not self._in_body)
        now = self.loop.time()
        due = (self._since if waiting else now) + self.server_state.bounds.head_s
        if now < due:
            self._look = self.loop.call_at(due, self._look_at_head)
        elif self._size:
            self._refuse(refusals.SLOW_HEAD)
        else:
            self.transport.close()


class _Patient(asyncio.Transport):
    """The transport of an answer that may end before its request: closing it lingers."""

    __slots__ = ("_protocol", "_transport")

    def __init__(self, protocol: BoundedProtocol) -> None:
        self._protocol = protocol
        self._transport = protocol.transport

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._transport.write(data)

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def close(self) -> None:
        self._protocol.linger()
