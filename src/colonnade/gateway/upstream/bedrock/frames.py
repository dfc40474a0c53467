"""Bytes of an AWS event stream are cut into events by botocore, with both checksums of every frame."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import msgspec
from botocore.eventstream import EventStreamBuffer, EventStreamMessage, ParserError

from colonnade.errors import UpstreamFailed

_SLICE = 16 << 10
"""botocore's buffer copies what is left after every event: it is given little at a time."""
_LONGEST_EVENT = 1 << 20
_encode = msgspec.json.Encoder().encode


class EventStream:
    """The events of one stream, each as JSON (`wire.Event`)."""

    __slots__ = ("_buffer", "_waiting")

    def __init__(self) -> None:
        self._buffer = EventStreamBuffer()
        self._waiting = 0

    def take(self, chunk: bytes) -> Iterator[bytes]:
        """The whole events known so far.

        Raises:
            UpstreamFailed: a checksum or a header is wrong, or an event is longer than 1 MiB.
        """
        try:
            for start in range(0, len(chunk), _SLICE):
                piece = chunk[start : start + _SLICE]
                self._buffer.add_data(piece)
                self._waiting += len(piece)
                for message in self._buffer:
                    self._waiting = 0
                    yield _written(message)
                if self._waiting > _LONGEST_EVENT:
                    raise _malformed("The upstream sent an event without an end.")
        except (ParserError, struct.error, KeyError, UnicodeDecodeError):
            raise _malformed("The upstream sent something that is no event.") from None


def _written(message: EventStreamMessage) -> bytes:
    """An event as `wire.Event` reads it: what a frame says in its headers becomes JSON around its payload."""
    kind = message.headers.get(":message-type")
    if kind == "event":
        return b"{%b:%b}" % (_encode(message.headers[":event-type"]), message.payload)
    name = message.headers.get(":exception-type") or message.headers.get(":error-code", "")
    payload = message.payload if kind == "exception" else b""
    return b'{"kind":%b,"failure":%b}' % (_encode(str(name)), payload or b"{}")


def _malformed(sentence: str) -> UpstreamFailed:
    return UpstreamFailed(sentence, code="upstream_malformed")
