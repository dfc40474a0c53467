"""Drills of step 5: the same request twice is paid once, and nobody gets another's, a removed or an altered answer."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import Any, cast

from colonnade.drills.target import Heard, Target, borrowed_key, lent_key
from colonnade.errors import SetupError
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.evidence.request import RequestRecord
from colonnade.gateway.call import Saved
from colonnade.performance.answers import Answers, StoredAnswer
from colonnade.performance.clearing import PATH
from colonnade.performance.evidence import CacheIsolation, CacheReplay


async def cache_replay(target: Target, scope: Scope) -> Record:
    """Ask a new question twice on a cached route, then on another whose prompt version or model differs.

    Raises:
        SetupError: fewer than two routes have an exact cache.
    """
    if len(target.cached_routes) < 2:
        raise SetupError("two routes with `cache: exact` and different prompts or models are needed")
    async with borrowed_key(target) as key:
        question = f"What does the number {secrets.randbelow(10**9)} stand for?"
        first = await _ask(target, target.cached_routes[0], question, key)
        second = await _ask(target, target.cached_routes[0], question, key)
        other = await _ask(target, target.cached_routes[1], question, key)
    view = CacheReplay(
        first_reached_upstream=await _reached(target, first),
        same_body=first.status == 200 and _answer(first) == _answer(second),
        second_reached_upstream=await _reached(target, second),
        changed_version_missed=_verdict(other) == "miss",
    )
    return scope.record(view, kind="drill", source="drill", collector="performance.replay@1", n=3)


async def cache_isolation(target: Target, scope: Scope) -> Record:
    """Ask a new question as two tenants, throw the answer away and ask again.

    Raises:
        SetupError: no route has an exact cache, or the gateway lets nobody throw answers away.
    """
    if not target.cached_routes:
        raise SetupError("a route with `cache: exact` is needed")
    route = target.cached_routes[0]
    question = f"Who was born in the year {secrets.randbelow(10**9)}?"
    with lent_key(target, "operator") as operator, lent_key(target, "caller") as stranger:
        async with borrowed_key(target) as key:  # handed out last: when it is known, the others are
            await _ask(target, route, question, key)
            again = await _ask(target, route, question, key)
            other = await _ask(target, route, question, stranger)
            await _throw_away(target, route, operator)
            after = await _ask(target, route, question, key)
    view = CacheIsolation(
        was_cached=_verdict(again) == "hit",
        second_tenant_missed=_verdict(other) == "miss",
        invalidation_removed=_verdict(after) == "miss",
        poisoned_refused=altered_is_refused(),
    )
    return scope.record(view, kind="drill", source="drill", collector="performance.isolation@1", n=4)


def altered_is_refused() -> bool:
    """Whether the store that serves gives an answer as it was kept, and does not once its memory was altered."""
    answers, key, memory = Answers(time.monotonic), secrets.token_bytes(32), bytearray(b"as it was kept")
    kept = StoredAnswer(
        cast("bytes", memory), 0.0, answers.clock() + 60.0, "", Saved(0, 0.0, 0.0, 0.0), "", ""
    )
    answers.store(key, kept)
    given = answers.find(key) is kept
    memory[:2] = b"AS"
    return given and answers.find(key) is None


async def _throw_away(target: Target, route: str, operator: str) -> None:
    cleared = await target.call("DELETE", f"{PATH}?route={route}", key=operator)
    if cleared.status != 200:
        raise SetupError(f"the gateway did not throw cached answers away: status {cleared.status}")


def _verdict(heard: Heard) -> str:
    return heard.headers.get("x-colonnade-cache", "")


async def _ask(target: Target, route: str, question: str, key: str) -> Heard:
    body: dict[str, Any] = {
        "model": route,
        "messages": [{"role": "user", "content": question}],
        "temperature": 0,
        "max_tokens": 16,
    }
    return await target.call("POST", "/v1/chat/completions", key=key, body=body)


def _answer(heard: Heard) -> Any:
    parsed = heard.json()
    return parsed.get("choices") if isinstance(parsed, dict) else heard.body


async def _reached(target: Target, heard: Heard) -> bool:
    for _ in range(100):
        found: RequestRecord | None = await asyncio.to_thread(
            target.find_request, heard.headers.get("x-request-id", "")
        )
        if found is not None and found.closed_at:
            return found.reached_upstream
        await asyncio.sleep(0.1)
    return False
