"""A target is the running workload as a drill sees it: calls over real HTTP, keys to call with, the ledger to look in."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from colonnade.evidence.request import RequestRecord


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back over HTTP; header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON, or None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Telephone(Protocol):
    """Calls the running gateway."""

    async def __call__(
        self, method: str, path: str, *, key: str | None = None, body: dict[str, Any] | None = None
    ) -> Heard:
        """Send one request with `Authorization: Bearer key` and hear the whole answer.

        Raises:
            UpstreamFailed: nothing answers there.
        """


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key made for one drill, and its id for revoking it."""

    id: str
    key: str


class KeyDesk(Protocol):
    """Makes and takes back keys for the length of a drill."""

    def issue(self, *, role: str, expires_in_s: float) -> IssuedKey:
        """A new key; a negative term makes one that has expired already."""

    def revoke(self, key_id: str) -> None:
        """Take a key back."""


@dataclass(frozen=True, slots=True)
class Target:
    """Everything that a drill may use. `routes` are the chat routes, cheapest first."""

    call: Telephone
    keys: KeyDesk
    find_request: Callable[[str], RequestRecord | None]
    routes: tuple[str, ...]
    cached_routes: tuple[str, ...]
    disclosing_routes: tuple[str, ...]
    embedding_routes: tuple[str, ...]
