"""Calls an endpoint as its clients do, over kept connections, and notes when each piece of an answer came."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import httptools
import msgspec

from colonnade.errors import SetupError

_KEPT: Final = 512
_CONNECT_S: Final = 10.0


@dataclass(slots=True)
class Answer:
    """What came back. Times are loop times: `intended` is when the call should have begun, `sent` when it did.

    `pieces` are the parts of the body with the time at which they came. `status` is 0 where there is none; `error` says
    then, or where the connection broke later, what happened.
    """

    intended: float
    sent: float = 0.0
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    pieces: list[tuple[float, bytes]] = field(default_factory=list)
    ended: float = 0.0
    error: str = ""

    @property
    def body(self) -> bytes:
        """The whole body."""
        return b"".join(piece for _, piece in self.pieces)

    @property
    def request_id(self) -> str:
        """The id under which the gateway's journal has it; empty where none was told."""
        return self.headers.get("x-request-id", "")

    @property
    def latency_s(self) -> float:
        """From the intended start to the end, so that a client that fell behind hides nothing."""
        return self.ended - self.intended

    @property
    def first_piece_s(self) -> float:
        """From the intended start to the first part of the body; the whole latency where there was none."""
        return (self.pieces[0][0] if self.pieces else self.ended) - self.intended


@dataclass(slots=True)
class Caller:
    """One endpoint, `url` up to and including its version; `key` is sent as bearer. Close it when done.

    Raises:
        SetupError: the URL is none.
    """

    url: str
    key: str = ""
    timeout_s: float = 120.0
    _idle: list[_Connection] = field(default_factory=list)
    _open: set[_Connection] = field(default_factory=set)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise SetupError(f"{self.url} is no address of an endpoint, such as http://127.0.0.1:8080/v1")

    async def post(self, path: str, document: Mapping[str, Any], intended: float | None = None) -> Answer:
        """Send JSON and hear the answer to its end; what goes wrong stands in the answer."""
        loop = asyncio.get_running_loop()
        answer = Answer(loop.time() if intended is None else intended)
        try:
            async with asyncio.timeout(self.timeout_s):
                await self._send(answer, path, msgspec.json.encode(document))
        except TimeoutError:
            answer.error = f"no end after {self.timeout_s:g} s"
        except (OSError, ssl.SSLError) as error:
            answer.error = type(error).__name__
        answer.ended = loop.time()
        return answer

    async def close(self) -> None:
        """Close every connection."""
        for connection in list(self._open):
            connection.abort()
        await asyncio.sleep(0)

    async def _send(self, answer: Answer, path: str, body: bytes) -> None:
        connection = await self._connection()
        try:
            answer.sent = asyncio.get_running_loop().time()
            await connection.exchange(self._request(path, body), answer)
        finally:
            if connection.reusable and len(self._idle) < _KEPT:
                self._idle.append(connection)
            else:
                self._open.discard(connection)
                connection.abort()

    async def _connection(self) -> _Connection:
        while self._idle:
            kept = self._idle.pop()
            if kept.reusable:
                return kept
            self._open.discard(kept)
        parts, loop = urlsplit(self.url), asyncio.get_running_loop()
        secure = ssl.create_default_context() if parts.scheme == "https" else None
        port = parts.port or (443 if secure else 80)
        async with asyncio.timeout(_CONNECT_S):
            _, made = await loop.create_connection(_Connection, parts.hostname or "", port, ssl=secure)
        self._open.add(made)
        return made

    def _request(self, path: str, body: bytes) -> bytes:
        parts = urlsplit(self.url)
        lines = [
            f"POST {parts.path.rstrip('/')}{path} HTTP/1.1",
            f"host: {parts.netloc}",
            "content-type: application/json",
            f"content-length: {len(body)}",
            *([f"authorization: Bearer {self.key}"] if self.key else []),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + body


class _Connection(asyncio.Protocol):
    """One connection, one exchange at a time; httptools calls the methods that begin with `on_`."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._parser: Any = None
        self._answer: Answer | None = None
        self._complete: asyncio.Future[None] | None = None
        self._whole = False
        self.reusable = False

    def abort(self) -> None:
        """Close at once."""
        self.reusable = False
        if self._transport is not None:
            self._transport.abort()

    async def exchange(self, request: bytes, answer: Answer) -> None:
        """Send, and return when the answer has ended; raises ConnectionError where it broke."""
        if self._transport is None:
            raise ConnectionError
        self._answer, self._complete, self._whole = answer, self._loop.create_future(), False
        self._parser, self.reusable = httptools.HttpResponseParser(self), False
        self._transport.write(request)
        await self._complete

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Some bytes of an answer."""
        if self._complete is None or self._complete.done():
            self.abort()  # nobody asked
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._end(ConnectionResetError())

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """The other side closed: the end of an answer without a length, or a cut."""
        self._transport, self.reusable = None, False
        self._end(None if self._whole else ConnectionResetError())

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        assert self._answer is not None, "an exchange is under way"
        self._answer.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """The status is known."""
        assert self._answer is not None, "an exchange is under way"
        self._answer.status = self._parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        assert self._answer is not None, "an exchange is under way"
        self._answer.pieces.append((self._loop.time(), body))

    def on_message_complete(self) -> None:
        """The answer is whole."""
        self._whole = True
        self.reusable = bool(self._parser.should_keep_alive())
        self._end(None)

    def _end(self, error: ConnectionError | None) -> None:
        complete = self._complete
        if complete is None or complete.done():
            return
        if error is None:
            complete.set_result(None)
        else:
            complete.set_exception(error)
