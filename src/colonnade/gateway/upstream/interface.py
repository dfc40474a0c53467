"""What every upstream is: something that takes a prepared request and gives an answer, whole or streamed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Protocol

import msgspec


class Ask(msgspec.Struct, frozen=True):
    """A request for an upstream.

    `path` is relative to the base URL (`/chat/completions`), `body` the encoded request, `deadline` loop time.
    `request_id` travels as the `x-request-id` header, so that the upstream's log can be joined with the journal.
    `first_byte_by` is the loop time by which the answer must begin, 0 for none. `request` is what `body` encodes, for
    upstreams that speak another wire; empty where the body is no JSON. `row` names the row of a batch that this is, the same
    however often it is asked.
    """

    path: str
    body: bytes
    stream: bool
    deadline: float
    request_id: str
    endpoint: str = "chat"
    content_type: str = "application/json"
    first_byte_by: float = 0.0
    request: Mapping[str, Any] = msgspec.field(default_factory=dict)
    row: str = ""


class Answer(msgspec.Struct):
    """An upstream's answer: `body` when whole, `chunks` when streamed (raw SSE bytes as received).

    Whoever takes a streamed answer must call `close()`, also after an error; it cancels the upstream's work.
    """

    status: int
    body: bytes = b""
    chunks: AsyncIterator[bytes] | None = None
    headers: dict[str, str] | None = None

    async def close(self) -> None:
        """Give the connection back, or break it off when the stream was not read to its end."""
        closer: Any = getattr(self.chunks, "aclose", None)
        if closer is not None:
            await closer()


class Upstream(Protocol):
    """A place that answers model calls."""

    @property
    def name(self) -> str:
        """The name under which the workload file binds it."""

    async def ask(self, ask: Ask) -> Answer:
        """Answer, or raise `UpstreamFailed`, `UpstreamLimited` or `DeadlineExceeded`.

        Any HTTP status of the upstream outside 2xx is raised as one of these; a 4xx that blames the request
        becomes `InvalidRequest` with the upstream's code and parameter, without its free text.
        """

    async def ready(self) -> str | None:
        """None when it can answer now, else one clause that says what it waits for."""

    async def close(self) -> None:
        """Close every connection."""
