"""One request on a connection and its answer: what ASGI calls `receive`, and itself `send`, at a third of uvicorn's price.

Head and body of a whole answer are one write, the head is checked once and not line by line, and nothing is made for
waiting unless somebody waits. What is sent and refused is the same as with uvicorn's own cycle, which this replaces.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

if TYPE_CHECKING:
    from colonnade.gateway.front import Front

Application = Callable[[Any, Any, Any], Awaitable[None]]

_STATUS: Final = {status: line.removesuffix(b"\r\n") for status, line in STATUS_LINE.items()}
_CONTROLS: Final = bytes(byte for byte in (*range(32), 127) if byte != ord("\t"))
"""What no line of a head may hold."""
_BODILESS: Final = frozenset({204, 304})
_MOST_COLLECTED: Final = 64 << 10
_DEFECT: Final = b"Internal Server Error"
_DISCONNECT: Final = {"type": "http.disconnect"}


class Cycle:
    """Made when the head of a request is complete. `keep_alive` says whether the connection outlives the answer."""

    __slots__ = (
        "_chunked",
        "_collects",
        "_continue",
        "_flow",
        "_front",
        "_left",
        "_more",
        "_news",
        "_on_leave",
        "_parts",
        "_size",
        "_unwritten",
        "_waiter",
        "disconnected",
        "keep_alive",
        "response_complete",
        "response_started",
        "scope",
        "transport",
    )

    def __init__(self, front: Front, scope: Any, *, keep_alive: bool, expects_continue: bool) -> None:
        self.scope = scope
        self.transport = front.transport
        self.keep_alive = keep_alive
        self.disconnected = False
        self.response_started = False
        self.response_complete = False
        self._front = front
        self._flow = front.flow
        self._continue = expects_continue
        self._parts: list[bytes] = []
        self._size = 0
        self._more = True
        self._news = False
        self._on_leave: Callable[[], None] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._unwritten = b""
        self._collects = False
        self._chunked = False
        self._left = 0

    async def run(self, application: Application) -> None:
        """Let the application answer; where it does not, the connection cannot go on."""
        try:
            await application(self.scope, self.receive, self)
        except BaseException:  # noqa: BLE001 - as uvicorn: a cancelled or broken application must not leave the caller waiting
            self._give_up()
        else:
            if not self.response_complete:
                self._give_up()
        finally:
            self._front.tasks.discard(asyncio.current_task(self._front.loop))

    # told by the connection

    def take(self, part: bytes) -> None:
        """Some of the body."""
        self._parts.append(part)
        self._size += len(part)
        if self._size > HIGH_WATER_LIMIT:
            self._flow.pause_reading()
        self._tell()

    def end(self) -> None:
        """The body is complete."""
        self._more = False
        self._tell()

    def leave(self) -> None:
        """The caller is gone."""
        if not self.response_complete:
            self.disconnected = True
        self._tell()
        if self._on_leave is not None:
            self._on_leave()

    def on_leave(self, heard: Callable[[], None] | None) -> None:
        """Call `heard` when the caller leaves, or has left already; None where nobody wants to know any more."""
        self._on_leave = heard
        if heard is not None and self.disconnected:
            heard()

    # ASGI

    async def receive(self) -> Any:
        """What came of the body since the last time, or that the caller is gone."""
        if self._continue and not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self._continue = False
        if not self.disconnected and not self.response_complete:
            self._flow.resume_reading()
            if not self._news:
                await self._wait()
            self._news = False
        if self.disconnected or self.response_complete:
            return _DISCONNECT
        parts, self._parts, self._size = self._parts, [], 0
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        return {"type": "http.request", "body": body, "more_body": self._more}

    async def __call__(self, message: Any) -> None:
        """A part of the answer; waits while the caller does not read.

        Raises:
            RuntimeError: the application breaks the rules of ASGI or HTTP.
        """
        if self._flow.write_paused and not self.disconnected:
            await self._flow.drain()
        if self.disconnected:
            return
        kind = message["type"]
        if kind == "http.response.body" and self.response_started and not self.response_complete:
            self._send_body(message.get("body", b""), more=message.get("more_body", False))
        elif kind == "http.response.start" and not self.response_started:
            self._send_head(message["status"], message.get("headers", ()))
        else:
            raise RuntimeError(f"The message '{kind}' has no place here.")

    def answer(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> bool:
        """Take a whole answer, whose length is among the headers; False where somebody must wait, or it has no place."""
        if self.response_started or self.disconnected or self._flow.write_paused:
            return False
        self._send_head(status, headers)
        self._send_body(body, more=False)
        return True

    def free(self) -> bool:
        """Whether a part of the body would be taken now."""
        return self._chunked and not (self._flow.write_paused or self.disconnected or self.response_complete)

    def pass_on(self, part: bytes) -> None:
        """Take a part of a body that goes on; only while `free`."""
        if self._collects:
            self._write_collected()
        self.transport.write(b"%x\r\n%b\r\n" % (len(part), part))

    def _send_head(self, status: int, headers: Any) -> None:
        """The head waits for what follows at once: all of the body, or the beginning of a stream, or maybe all of it."""
        lines = [*self._front.server_state.default_headers, *headers]
        named = dict(lines)
        length = named.get(b"content-length")
        if length is not None:
            self._left = int(length)
        elif status not in _BODILESS and self.scope["method"] != "HEAD":
            self._chunked = True
            if b"transfer-encoding" not in named:
                lines.append((b"transfer-encoding", b"chunked"))
        if b"close" in named.get(b"connection", b"").lower():
            self.keep_alive = False
        elif not self.keep_alive:
            lines.append((b"connection", b"close"))
        written = [*map(b": ".join, lines)]
        _check_clean(b"".join(written))
        head = b"\r\n".join((_STATUS[status], *written, b"\r\n"))
        self.response_started, self._continue = True, False
        self._unwritten = head
        if length is None:
            self._collects = True
            self._front.loop.call_soon(self._write_collected)

    def _send_body(self, body: bytes, *, more: bool) -> None:
        if self._chunked:
            body = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            body = body if more else body + b"0\r\n\r\n"
        elif self.scope["method"] == "HEAD":
            self._left, body = 0, b""
        else:
            self._left -= len(body)
            if self._left < 0 or (self._left > 0 and not more):
                raise RuntimeError("The body of the answer has another length than its head says.")
        if self._unwritten:
            body, self._unwritten = self._unwritten + body, b""
        if self._collects and more and len(body) < _MOST_COLLECTED:
            self._unwritten = body
            return
        self._collects = False
        if body:
            self.transport.write(body)
        if not more:
            self._finish()

    def _write_collected(self) -> None:
        """The application has come to a point where it waits: what it has sent so far goes out in one piece."""
        collected, self._unwritten, self._collects = self._unwritten, b"", False
        if collected and not self.transport.is_closing():
            self.transport.write(collected)

    def _finish(self) -> None:
        self.response_complete = True
        self._tell()
        if not self.keep_alive:
            self.transport.close()
        self._front.on_response_complete()

    def _give_up(self) -> None:
        """The application broke: an answer that has begun cannot be taken back, another one can be given."""
        if self.disconnected or self.response_complete:
            return
        if self._collects:
            self._write_collected()
        if self.response_started and not self._unwritten:
            self.transport.close()
            return
        self._unwritten, self._chunked, self._left, self.keep_alive = b"", False, 0, False
        length = (b"content-length", b"%d" % len(_DEFECT))
        self._send_head(500, [(b"content-type", b"text/plain; charset=utf-8"), length])
        self._send_body(_DEFECT, more=False)

    def _tell(self) -> None:
        self._news = True
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def _wait(self) -> None:
        self._waiter = self._front.loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None


def _check_clean(lines: bytes) -> None:
    """Nothing may end a line, or the head, but we. The first look is cheap, and knows too little of what is not ASCII."""
    if not lines.decode("latin-1").isprintable() and len(lines.translate(None, _CONTROLS)) < len(lines):
        raise RuntimeError("A header of the answer holds characters that no header can carry.")
