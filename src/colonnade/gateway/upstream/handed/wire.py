"""What OpenAI's batch interface takes and tells, as far as it is used: lines of files, and jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import msgspec

from colonnade.gateway.unreadable import UNREADABLE, malformed

T = TypeVar("T")

OVER = frozenset({"completed", "failed", "expired", "cancelled"})
"""Statuses after which nothing happens any more."""


class Line(msgspec.Struct, frozen=True):
    """One request of a job."""

    custom_id: str
    url: str
    body: msgspec.Raw
    method: str = "POST"


class Response(msgspec.Struct, frozen=True):
    """How one request was answered."""

    status_code: int
    body: msgspec.Raw = msgspec.Raw(b"{}")


class Told(msgspec.Struct, frozen=True):
    """One line of an output or error file; without a response the request was never made."""

    custom_id: str
    response: Response | None = None


class Job(msgspec.Struct, frozen=True):
    """A batch, as the provider has it. `created_at` is seconds since the epoch."""

    id: str
    status: str
    input_file_id: str = ""
    output_file_id: str | None = None
    error_file_id: str | None = None
    metadata: dict[str, str] | None = None
    created_at: float = 0.0

    @property
    def over(self) -> bool:
        """Whether its files are all that will ever come of it."""
        return self.status in OVER


class Jobs(msgspec.Struct, frozen=True):
    """A page of jobs, newest first."""

    data: list[Job]
    has_more: bool = False


class Stored(msgspec.Struct, frozen=True):
    """A file that was taken."""

    id: str


job = msgspec.json.Decoder(Job).decode
jobs = msgspec.json.Decoder(Jobs).decode
stored = msgspec.json.Decoder(Stored).decode
_line = msgspec.json.Decoder(Line).decode
_told = msgspec.json.Decoder(Told).decode
_encode = msgspec.json.encode


def written(lines: Iterable[Line]) -> bytes:
    """The input file of a job."""
    return b"".join(_encode(line) + b"\n" for line in lines)


def ids_in(content: bytes) -> Iterator[str]:
    """The ids of the requests in an input file; raises UpstreamFailed for what is none."""
    for line in content.splitlines():
        yield _read(_line, line).custom_id


def answers_in(content: bytes) -> Iterator[Told]:
    """The lines of an output or error file; raises UpstreamFailed for what is none."""
    for line in content.splitlines():
        yield _read(_told, line)


def _read(decode: Callable[[bytes], T], line: bytes) -> T:
    try:
        return decode(line)
    except UNREADABLE as error:
        raise malformed("The upstream's file holds a line that is no part of a batch.") from error
