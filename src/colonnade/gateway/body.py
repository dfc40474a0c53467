"""A request's body is taken up to a limit of size, all bodies that arrive up to another; the call's watch bounds the time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from colonnade.errors import CallerLeft, InvalidRequest, Overloaded, TooLarge

LARGEST_BODY = 8 << 20
LARGEST_FORM = 32 << 20
"""Of forms with files: OpenAI takes recordings of 25 MB."""


@dataclass(slots=True)
class Room:
    """Bytes that bodies may take together while they arrive: nobody has shown a key yet, so none is owed to them."""

    left: int = 256 << 20

    def take(self, size: int) -> None:
        """Hold so many bytes.

        Raises:
            Overloaded: so many are not left.
        """
        if size > self.left:
            raise Overloaded(
                "Too many large requests arrive now.", code="no_room_for_body", retry_after_s=1.0
            )
        self.left -= size


_ROOM = Room()
"""Of this process. A body that comes in one piece takes nothing of it."""


async def read_body(
    receive: Callable[[], Awaitable[Any]],
    headers: Mapping[bytes, bytes],
    largest: int = LARGEST_BODY,
    room: Room = _ROOM,
) -> bytes:
    """The whole body.

    Raises:
        TooLarge: more than `largest` bytes are announced or arrive.
        InvalidRequest: the body is compressed.
        Overloaded: all bodies that arrive now are too large together.
        CallerLeft: the connection was closed before the body was complete.
    """
    announced = headers.get(b"content-length", b"0")
    if announced.isdigit() and int(announced) > largest:
        raise _too_large(largest)
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise InvalidRequest("Compressed bodies are not taken.", code="unsupported_encoding")
    message = await receive()
    first: bytes = message.get("body", b"")
    _check(message, len(first), largest)
    if not message.get("more_body"):
        return first
    return await _gathered(first, receive, largest, room)


async def _gathered(first: bytes, receive: Callable[[], Awaitable[Any]], largest: int, room: Room) -> bytes:
    body, more = bytearray(first), True
    held = 0
    try:
        while more:
            message = await receive()
            part: bytes = message.get("body", b"")
            room.take(len(part))
            held += len(part)
            body += part
            more = message.get("more_body", False)
            _check(message, len(body), largest)
        return bytes(body)
    finally:
        room.left += held


def _check(message: Mapping[str, Any], size: int, largest: int) -> None:
    if size > largest:
        raise _too_large(largest)
    if message["type"] == "http.disconnect":
        raise CallerLeft("The caller left before the request was complete.", code="client_gone")


def _too_large(largest: int) -> TooLarge:
    return TooLarge(f"The body is larger than {largest} bytes.", code="request_too_large")
