"""What is no proper HTTP, or more of it than the server takes, is refused in bytes, before there is any call."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final, NamedTuple

import httptools
import msgspec

from colonnade.errors import Overloaded
from colonnade.gateway.respond import Send, respond_error

_TYPE = "invalid_request_error"


class Refusal(NamedTuple):
    """How a request is refused; the connection ends with it."""

    status: int
    code: str
    sentence: str


MALFORMED: Final = Refusal(400, "malformed_http", "The request is not well-formed HTTP/1.1.")
NO_HOST: Final = Refusal(400, "malformed_http", "A request of HTTP/1.1 has one header `host`.")
AMBIGUOUS: Final = Refusal(400, "ambiguous_http", "A header that may be sent once was sent twice.")
SLOW_HEAD: Final = Refusal(408, "slow_head", "The head of the request did not arrive in time.")
LONG_TARGET: Final = Refusal(414, "target_too_long", "The path of the request is too long.")
MANY_AT_ONCE: Final = Refusal(
    429, "too_many_pipelined", "Too many requests were sent ahead of their answers."
)
LARGE_HEAD: Final = Refusal(431, "head_too_large", "The head of the request is too large.")
UNKNOWN_CODING: Final = Refusal(501, "unsupported_coding", "Bodies are sent plain or chunked, nothing else.")
OTHER_VERSION: Final = Refusal(505, "unsupported_http_version", "This server speaks HTTP/1.1.")


class Refused(Exception):
    """Raised through the parser's callbacks."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def refusal_of(error: httptools.HttpParserError) -> Refusal:
    """What the parser's error means: our own word if a callback said it."""
    if isinstance(error.__context__, Refused):
        return error.__context__.refusal
    return OTHER_VERSION if "HTTP version" in str(error) else MALFORMED


def written(refusal: Refusal, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The whole answer as bytes, in OpenAI's shape."""
    detail = {"message": refusal.sentence, "type": _TYPE, "param": None, "code": refusal.code}
    body = msgspec.json.encode({"error": detail})
    named = b"".join(b"%b: %b\r\n" % header for header in headers)
    head = b"HTTP/1.1 %d %b\r\n%bcontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
    return head % (refusal.status, HTTPStatus(refusal.status).phrase.encode(), named, len(body)) + body


async def refuse_for_room(scope: Any, receive: Any, send: Send) -> None:  # noqa: ARG001 - the shape of ASGI
    """Answers in place of the gateway while every connection is busy."""
    error = Overloaded("Too many connections are open.", code="too_many_connections", retry_after_s=1.0)
    await respond_error(send, error, [(b"connection", b"close")])
