"""A caller may say that a call can wait; else its route says so, and rows of batches always can."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from running import FAST, application

from colonnade.gateway.call import Call, Forward, Reply
from colonnade.gateway.upstream.simulator import SimulatorUpstream


class Onlooker:
    name = "onlooker"

    def __init__(self) -> None:
        self.seen: list[Call] = []

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        self.seen.append(call)
        return await forward(call)


async def ask(route: dict[str, Any], **headers: str) -> tuple[httpx.Response, Onlooker]:
    onlooker = Onlooker()
    app = application(SimulatorUpstream("sim", FAST), after=[onlooker], route=route)
    body = {"model": "assistant", "messages": [{"role": "user", "content": "x"}]}
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        return await client.post("/v1/chat/completions", json=body, headers=headers), onlooker


@pytest.mark.parametrize(
    ("of_route", "asked", "expected"),
    [
        (None, None, "interactive"),
        ("deferrable", None, "deferrable"),
        ("deferrable", "interactive", "interactive"),
        (None, "deferrable", "deferrable"),
    ],
)
async def test_the_caller_decides_before_the_route(of_route: str | None, asked: str | None, expected: str):
    route = {} if of_route is None else {"urgency": of_route}
    headers = {} if asked is None else {"x-colonnade-urgency": asked}
    answer, onlooker = await ask(route, **headers)
    assert answer.status_code == 200
    assert [call.urgency for call in onlooker.seen] == [expected]


async def test_an_urgency_that_there_is_not_is_refused():
    answer, onlooker = await ask({}, **{"x-colonnade-urgency": "yesterday"})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "x-colonnade-urgency"
    assert onlooker.seen == []
