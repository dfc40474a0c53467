"""Whole HTTP responses, written in one place."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from colonnade.errors import CallError
from colonnade.gateway import wire

Send = Callable[[Any], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_JSON = (b"content-type", b"application/json")


async def respond(send: Send, status: int, body: bytes, headers: Headers | None = None) -> None:
    """Answer with a whole body of JSON, or of the content type that `headers` begin with."""
    named = headers or []
    kind = [] if named and named[0][0] == b"content-type" else [_JSON]
    lines = [*kind, (b"content-length", b"%d" % len(body)), *named]
    at_once = getattr(send, "answer", None)
    if at_once is not None and at_once(status, lines, body):
        return
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def respond_json(send: Send, status: int, document: Any) -> None:
    """Answer with a document."""
    await respond(send, status, msgspec.json.encode(document))


async def respond_error(
    send: Send, error: CallError, headers: Headers | None = None, *, body: bytes | None = None
) -> None:
    """Answer with the error, in OpenAI's shape unless the dialect wrote `body`."""
    named = list(headers or [])
    if error.retry_after_s is not None:
        named.append((b"retry-after", b"%d" % math.ceil(error.retry_after_s)))
    await respond(send, error.status, wire.error_body(error) if body is None else body, named)
