"""The way of a call is one version of the folded stages; it can be replaced while calls are under way on the old one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from colonnade.gateway.attempt import Attempt
from colonnade.gateway.call import Forward
from colonnade.gateway.pipeline import Stage, fold
from colonnade.gateway.upstream.interface import Upstream

REVISION = b"x-colonnade-revision"
_LOOK_S = 0.1


@dataclass(slots=True)
class Way:
    """Stages folded with the upstreams at their end, and how many calls are on it.

    `revision` is the short digest of what was loaded; empty announces nothing. `headers` are on every answer.
    """

    lead: Forward
    upstreams: Mapping[str, Upstream] = field(default_factory=dict)
    models: Sequence[str] = ()
    revision: str = ""
    under_way: int = 0
    headers: list[tuple[bytes, bytes]] = field(init=False)

    def __post_init__(self) -> None:
        self.headers = [(REVISION, self.revision.encode())] if self.revision else []

    @classmethod
    def of(
        cls,
        stages: Sequence[Stage],
        upstreams: Mapping[str, Upstream],
        models: Sequence[str],
        *,
        kinds: Mapping[str, str] | None = None,
        revision: str = "",
    ) -> Way:
        """The way through `stages` to `upstreams`."""
        return cls(fold(stages, Attempt(upstreams, kinds or {})), upstreams, models, revision)

    async def empty(self) -> None:
        """Return when the last call has left."""
        while self.under_way:  # noqa: ASYNC110 - an event would cost every call
            await asyncio.sleep(_LOOK_S)
