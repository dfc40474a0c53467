"""Drill of step 5: the same request twice is paid once."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from colonnade.drills.target import Heard, Target, borrowed_key
from colonnade.errors import SetupError
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.evidence.request import RequestRecord
from colonnade.performance.evidence import CacheReplay


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
        changed_version_missed=other.headers.get("x-colonnade-cache") == "miss",
    )
    return scope.record(view, kind="drill", source="drill", collector="performance.replay@1", n=3)


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
