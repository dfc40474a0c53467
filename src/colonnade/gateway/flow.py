"""Between an upstream's connection and a caller's, a stream flows without waking anybody while there is nothing to decide.

Waking the task of a call for an event costs several times what passing the event on costs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol, cast

from colonnade.gateway.respond import Send

Sink = Callable[[bytes], bool]
"""Takes a part at once; or declines it, and leaves everything as it was."""

Flow = Callable[[Sink], Awaitable[None]]
"""Hands a sink every part as it comes, until it declines one or no more come. What it declined is iterated over."""


class Outlet(Protocol):
    """A `send` that can tell whether it would have to wait."""

    def free(self) -> bool:
        """Whether a part of the body would be taken now."""

    def pass_on(self, part: bytes) -> None:
        """Take a part of a body that goes on; only while `free`."""


def flow_of(chunks: AsyncIterator[bytes]) -> Flow | None:
    """How the stream flows; None where something must look at each part."""
    return getattr(chunks, "flow", None)


def outlet_of(send: Send) -> Outlet | None:
    """The outlet that `send` is; None where only waiting tells whether it must wait."""
    return cast("Outlet", send) if hasattr(send, "pass_on") else None
