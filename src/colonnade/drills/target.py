"""A target is the running workload as a drill sees it: calls over real HTTP, keys to call with, the ledger to look in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal, Protocol

from colonnade.errors import SetupError
from colonnade.evidence.request import RequestRecord

Role = Literal["caller", "operator", "reviewer"]
DRILL_LABELS: Final[Mapping[str, str]] = MappingProxyType({"purpose": "drill"})
"""Labels of the keys that drills call with: fault points strike callers by their labels."""
KEY_TERM_S = 600.0
KEY_TRIES, KEY_PAUSE_S = 40, 0.1
"""A running gateway knows a new key within two seconds; a drill waits for twice as long."""


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
            SetupError: nothing answers there.
        """


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key made for one drill, and its id for revoking it."""

    id: str
    key: str


class KeyDesk(Protocol):
    """Makes and takes back keys for the length of a drill."""

    def issue(self, *, role: Role, expires_in_s: float) -> IssuedKey:
        """A new key; a negative term makes one that has expired already."""

    def revoke(self, key_id: str) -> None:
        """Take a key back."""


@dataclass(frozen=True, slots=True)
class Target:
    """Everything that a drill may use. `routes` are the chat routes, cheapest first.

    `settles_s` is how long after the first of several workers all of them know a new key.
    """

    call: Telephone
    keys: KeyDesk
    find_request: Callable[[str], RequestRecord | None]
    routes: tuple[str, ...]
    cached_routes: tuple[str, ...]
    disclosing_routes: tuple[str, ...]
    embedding_routes: tuple[str, ...]
    settles_s: float = 0.0


@asynccontextmanager
async def borrowed_key(target: Target) -> AsyncIterator[str]:
    """A caller's key for the length of a drill, handed out when the gateway knows it, taken back afterwards.

    Keys that were issued before it are known by then too.

    Raises:
        SetupError: the gateway does not take the key: it serves another workload.
    """
    with lent_key(target, "caller") as key:
        for _ in range(KEY_TRIES):
            if (await target.call("GET", "/v1/models", key=key)).status == 200:
                break
            await asyncio.sleep(KEY_PAUSE_S)
        else:
            raise SetupError(
                "the gateway there does not take this workload's keys: it serves another workload"
            )
        await asyncio.sleep(target.settles_s)
        yield key


@contextmanager
def lent_key(target: Target, role: Role) -> Iterator[str]:
    """A key for the length of a drill, taken back afterwards; the gateway need not know it yet."""
    made = target.keys.issue(role=role, expires_in_s=KEY_TERM_S)
    try:
        yield made.key
    finally:
        target.keys.revoke(made.id)
