"""Callers of HTTP/1.0 know no chunks: a stream is sent to them as a whole, when it is complete."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from colonnade.gateway.respond import Send

Application = Callable[[Any, Any, Any], Awaitable[None]]


def in_whole(application: Application) -> Application:
    """The application for callers that need the length of an answer before it."""

    async def answer(scope: Any, receive: Any, send: Send) -> None:
        await application(scope, receive, _Gathering(send))

    return answer


class _Gathering:
    """Passes on answers that name their length, and holds the others until they end."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Any = None
        self._parts: list[bytes] = []

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            if any(name == b"content-length" for name, _ in message["headers"]):
                await self._send(message)
            else:
                self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._parts.append(message["body"])
            if not message["more_body"]:
                await self._send_all()

    async def _send_all(self) -> None:
        body = b"".join(self._parts)
        headers = [*self._start["headers"], (b"content-length", b"%d" % len(body))]
        await self._send({**self._start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body, "more_body": False})
