"""A gateway with the caches between its stages, and a clock that tests move."""

from __future__ import annotations

from typing import Any

from served import Served

from colonnade.performance.answers import Answers
from colonnade.performance.cache import ExactCache
from colonnade.performance.cache_key import releases_of

CACHED = {"cache": "exact", "cache_ttl_s": 60.0}


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Cached(Served):
    """Two cached routes over the simulator; stages of a test stand before and after the cache."""

    def __init__(
        self,
        *,
        route=CACHED,
        policy="p1",
        limit=1 << 20,
        before=(),
        after=(),
        similar=None,
        **simulation: Any,
    ) -> None:
        self.clock = Clock()
        self.policy = policy
        self.answers = Answers(self.clock, limit_bytes=limit)
        self.cache = ExactCache(self.answers, lambda: self.policy)
        behind = [similar(self.cache)] if similar else []
        super().__init__(*before, self.cache, *behind, *after, route=route, **simulation)
        self.cache.releases.update(releases_of(self.spec))

    async def verdict(self, **fields: Any) -> str:
        """What the header says of a request with temperature 0."""
        heard = await self.ask(**{"temperature": 0, **fields})
        return heard.headers["x-colonnade-cache"]

    @property
    def verdicts(self) -> list[str]:
        """What the records say, in the order in which calls came."""
        return [call.cache for call in self.onlooker.calls]

    @property
    def replies_tokens(self) -> list[int]:
        """Tokens of every answer as it was closed."""
        return [reply.usage.total for reply in self.onlooker.replies]
