"""Server-sent events are passed on in whole events only, so that an error event never lands inside another one.

An event stream whose every event is `data: {...}` is recognised from its bytes, without parsing; anything else
(comments, usage, errors, `[DONE]`, other line ends) is looked at event by event.
"""

from __future__ import annotations

from colonnade.errors import UpstreamFailed

DONE = b"data: [DONE]\n\n"
_LONGEST_EVENT = 1 << 20
_MARKS = (b'"error"', b'"usage":{', b'"usage": {', b"data: [DONE]")


class Framing:
    """Cuts what arrives into blocks of whole events, each ending in an empty line."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    @property
    def broken(self) -> bool:
        """Whether the stream, if it ended now, would end inside an event."""
        return bool(self._rest.strip())

    def take(self, chunk: bytes) -> bytes:
        """The whole events known so far; b"" if there is none.

        Raises:
            UpstreamFailed: an event is longer than 1 MiB.
        """
        data = self._rest + chunk if self._rest else chunk
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n")
        if data.endswith(b"\n\n"):
            self._rest = b""
            return data
        end = data.rfind(b"\n\n") + 2
        if end == 1:
            end = 0
        self._rest = data[end:]
        if len(self._rest) > _LONGEST_EVENT:
            raise UpstreamFailed("The upstream sent an event without an end.", code="upstream_malformed")
        return data[:end]


def plain(block: bytes) -> bool:
    """Whether every event of the block is `data: {...}` and none carries usage or an error."""
    if not block.startswith(b"data: {") or not block.endswith(b"}\n\n"):
        return False
    if b'"error"' in block or b'"usage":{' in block or b'"usage": {' in block:
        return False  # written out: a loop over _MARKS costs twice as much, for every event
    return block.count(b"\n\n") == block.count(b"}\n\ndata: {") + 1


def plain_prefix(block: bytes) -> int:
    """How many bytes at the block's beginning are plain events: what came in one burst can leave in one."""
    marks = (block.find(mark) for mark in _MARKS)
    first = min((place for place in marks if place >= 0), default=len(block))
    end = block.rfind(b"\n\n", 0, first) + 2
    return end if end >= 2 and plain(block[:end]) else 0


def split(block: bytes) -> list[bytes]:
    """The data of each event in the block; for comments and events without data, b""."""
    return [_data(event) for event in block.strip(b"\n").split(b"\n\n")]


def _data(event: bytes) -> bytes:
    lines = [line[5:].lstrip(b" ") for line in event.split(b"\n") if line.startswith(b"data:")]
    return b"\n".join(lines).strip()


def array(blocks: list[bytes]) -> bytes:
    """The JSON array of all events in blocks that are `plain`."""
    joined = b"".join(blocks)
    return b"[" + joined[len(b"data: ") : -2].replace(b"\n\ndata: ", b",") + b"]"
