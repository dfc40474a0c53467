"""A service answers paths under `/v1` that are no model calls of their own: files, batches, stored responses, capabilities."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from colonnade.gateway.call import Identity


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to a service, from a caller whose key was checked.

    `query` holds the last value of each parameter. `body` yields the body as it arrives; a service bounds its size
    itself, the server bounds the time between two parts of it.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[bytes, bytes]
    identity: Identity
    body: AsyncIterator[bytes]
    request_id: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a service answers: `body` whole, or `parts` streamed."""

    status: int = 200
    body: bytes = b""
    content_type: bytes = b"application/json"
    parts: AsyncIterator[bytes] | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)


class Service(Protocol):
    """One family of paths."""

    @property
    def name(self) -> str:
        """Its word in metrics and logs."""

    def methods(self, path: str) -> frozenset[str]:
        """The methods that `path` takes; empty where the path is none of this service's."""

    async def answer(self, visit: Visit) -> Told:
        """Answer, or raise a CallError."""
