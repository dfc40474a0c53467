"""A request's body is taken up to a limit of size; the call's watch bounds the time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from colonnade.errors import CallerLeft, InvalidRequest, TooLarge

LARGEST_BODY = 8 << 20


async def read_body(
    receive: Callable[[], Awaitable[Any]], headers: Mapping[bytes, bytes], largest: int = LARGEST_BODY
) -> bytes:
    """The whole body.

    Raises:
        TooLarge: more than `largest` bytes are announced or arrive.
        InvalidRequest: the body is compressed.
        CallerLeft: the connection was closed before the body was complete.
    """
    announced = headers.get(b"content-length", b"0")
    if announced.isdigit() and int(announced) > largest:
        raise _too_large(largest)
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise InvalidRequest("Compressed bodies are not taken.", code="unsupported_encoding")
    message = await receive()
    parts: list[bytes] = [message.get("body", b"")]
    size = len(parts[0])
    while message.get("more_body") and size <= largest:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
    if size > largest:
        raise _too_large(largest)
    if message["type"] == "http.disconnect":
        raise CallerLeft("The caller left before the request was complete.", code="client_gone")
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _too_large(largest: int) -> TooLarge:
    return TooLarge(f"The body is larger than {largest} bytes.", code="request_too_large")
