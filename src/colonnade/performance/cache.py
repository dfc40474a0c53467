"""The same deterministic prompt of the same tenant is not paid for twice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from colonnade.gateway.call import Call, Forward, Reply, Usage
from colonnade.performance.answers import Answers, StoredAnswer, digest
from colonnade.performance.cache_key import cache_key, deterministic
from colonnade.workload.sections.serving import Route

HEADER = b"x-colonnade-cache"
_DONE = b"data: [DONE]"


@dataclass(frozen=True, slots=True)
class ExactCache:
    """The stage `cache`, after `render` and `retrieve`, for routes with `cache: exact`.

    Says `hit`, `miss`, `bypass` (the request may be answered differently each time) or `off` in the header
    `x-colonnade-cache`. Only complete answers with status 200 are stored; whole and streamed ones apart, each
    as the upstream gave it. The body of a hit is the stored one, its usage included; the journal counts all its
    tokens as `cache_read`, and none as made. `policy` gives the digest of the effective configuration.
    """

    answers: Answers
    policy: Callable[[], str]
    name: str = "cache"

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        """Answer from the store, or store the answer."""
        route = call.route
        if route is None or route.cache == "off":
            self._say(call, "off")
            return await forward(call)
        if not deterministic(call):
            self.answers.counts.bypasses += 1
            self._say(call, "bypass")
            return await forward(call)
        key = cache_key(call, self.policy())
        found = self.answers.find(key)
        return await self._miss(call, forward, key, route) if found is None else self._hit(call, found)

    def _hit(self, call: Call, found: StoredAnswer) -> Reply:
        counts = self.answers.counts
        counts.hits += 1
        counts.tokens_avoided += found.tokens
        counts.saved_ms += found.latency_ms
        call.answered_by = found.answered_by
        self._say(call, "hit")
        call.decide(self.name, f"hit: {found.tokens} tokens avoided")
        reply = Reply(chunks=_once(found.body)) if call.stream else Reply(body=found.body)

        async def avoided(closing: Reply) -> None:
            closing.usage = Usage(cache_read=found.tokens, reported=True)

        reply.on_close(avoided)
        return reply

    async def _miss(self, call: Call, forward: Forward, key: bytes, route: Route) -> Reply:
        self.answers.counts.misses += 1
        self._say(call, "miss")
        reply = await forward(call)
        if call.attempts == 0:
            return reply
        taken = self._taken(reply)

        async def store(closing: Reply) -> None:
            if _worth_keeping(call, closing) and (body := taken()) is not None:
                self.answers.store(key, self._answer(call, closing, body, route))

        reply.on_close(store)
        return reply

    def _taken(self, reply: Reply) -> Callable[[], bytes | None]:
        """What the upstream gave, once it is complete: stages further out may still change the reply."""
        if reply.chunks is None:
            body = reply.body
            return lambda: body
        recorded = _Recorded(reply.chunks, self.answers.limit_bytes // 8)
        reply.chunks = recorded
        return recorded.whole

    def _answer(self, call: Call, reply: Reply, body: bytes, route: Route) -> StoredAnswer:
        return StoredAnswer(
            body=body,
            digest=digest(body),
            expires_at=self.answers.clock() + route.cache_ttl_s,
            answered_by=call.answered_by,
            tokens=reply.usage.total,
            latency_ms=(call.now() - call.started) * 1000.0,
            route=call.route_name,
            prompt=call.prompt_name,
        )

    def _say(self, call: Call, verdict: str) -> None:
        call.cache = verdict
        call.reply_headers.append((HEADER, verdict.encode()))


def _worth_keeping(call: Call, reply: Reply) -> bool:
    """Complete, and says something: an empty answer is a fault that must not last as long as the cache."""
    said = bool(reply.text) or call.endpoint == "embeddings"
    return reply.complete and reply.status == 200 and said


class _Recorded:
    """A stream that keeps what passes, up to a limit of bytes; every chunk costs one append."""

    __slots__ = ("_chunks", "_kept", "_limit", "_size")

    def __init__(self, chunks: AsyncIterator[bytes], limit: int) -> None:
        self._chunks = chunks
        self._kept: list[bytes] = []
        self._limit = limit
        self._size = 0

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    def __anext__(self) -> Awaitable[bytes]:
        return self._keep()

    async def _keep(self) -> bytes:
        chunk = await self._chunks.__anext__()
        self._size += len(chunk)
        if self._size <= self._limit:
            self._kept.append(chunk)
        return chunk

    def whole(self) -> bytes | None:
        """All that passed, if it ends as a complete stream does and was not too much to keep."""
        body = b"".join(self._kept)
        return body if self._size <= self._limit and body.rstrip().endswith(_DONE) else None


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
