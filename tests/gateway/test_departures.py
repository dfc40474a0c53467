"""A caller who leaves stops the upstream at once, and the call is closed as abandoned."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from raw import connect, request, until
from running import FAST, Running, application, http_upstream
from witness import Witness

from colonnade.errors import CallerLeft
from colonnade.gateway.metrics import Metrics
from colonnade.gateway.upstream.exchange import Exchange
from colonnade.gateway.upstream.interface import Answer, Ask
from colonnade.gateway.upstream.openai_compatible import OpenAICompatible
from colonnade.workload.sections.serving import Upstream

CHAT = {"model": "assistant", "messages": [{"role": "user", "content": "x"}]}
SLOW = FAST.model_copy(update={"tokens_per_s": 20.0, "answer_tokens": 400})


class Open:
    """Counts the connections that the simulator has open."""

    def __init__(self, simulator: Running) -> None:
        self.connections = simulator.server.server_state.connections

    def none(self) -> bool:
        return not self.connections


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
async def test_departure_cancels_the_upstream(
    stream: bool, start: Callable[..., Any], simulate: Callable[..., Any]
) -> None:
    simulator, _ = simulate(SLOW)
    witness, metrics = Witness(), Metrics()
    upstream = http_upstream(simulator.url)
    gateway = start(application(upstream, before=[witness], metrics=metrics))
    reader, writer = await connect(gateway.port)
    writer.write(request({**CHAT, "stream": stream}))
    if stream:
        await reader.readuntil(b'"content":"')
    await asyncio.sleep(0.2)
    upstream_side = Open(simulator)
    assert not upstream_side.none()
    writer.close()
    assert await until(upstream_side.none) < 0.1, "the upstream is cancelled within 100 ms"
    await until(lambda: metrics.rows)
    ((route, _endpoint, _status, outcome),) = metrics.rows
    assert (route, outcome) == ("assistant", "abandoned")
    if stream:
        assert witness.reply is not None
        assert (witness.reply.complete, witness.reply.error) == (False, "client_gone")
        assert 0 < witness.reply.usage.output < 400, "what was sent is accounted"
    else:
        assert isinstance(witness.raised, CallerLeft)


async def test_a_quick_departure_before_the_watch_begins(
    start: Callable[..., Any], simulate: Callable[..., Any]
) -> None:
    simulator, _ = simulate(SLOW)
    metrics = Metrics()
    gateway = start(application(http_upstream(simulator.url), metrics=metrics))
    _, writer = await connect(gateway.port)
    writer.write(request({**CHAT, "stream": True}))
    await writer.drain()
    await asyncio.sleep(0.01)
    writer.close()
    assert await until(lambda: metrics.rows) < 0.2
    await until(Open(simulator).none)


class Counting(OpenAICompatible):
    """Counts what is read from the upstream."""

    passed = 0

    async def ask(self, ask: Ask) -> Answer:
        answer = await super().ask(ask)
        chunks = answer.chunks
        assert isinstance(chunks, Exchange)

        async def counted() -> Any:
            try:
                async for chunk in chunks:
                    self.passed += len(chunk)
                    yield chunk
            finally:
                await chunks.aclose()

        answer.chunks = counted()
        return answer


async def test_a_caller_who_does_not_read_slows_the_upstream(
    start: Callable[..., Any], simulate: Callable[..., Any]
) -> None:
    endless = FAST.model_copy(update={"answer_tokens": 400_000})
    simulator, _ = simulate(endless)
    upstream = Counting("sim", Upstream(kind="openai_compatible", base_url=f"{simulator.url}/v1"))
    gateway = start(application(upstream))
    reader, writer = await connect(gateway.port)
    writer.write(request({**CHAT, "stream": True}))
    await reader.readuntil(b'"content":"')
    seen = -1
    while seen != upstream.passed:
        seen = upstream.passed
        await asyncio.sleep(0.4)
    assert seen < 20 << 20, "reading stopped long before the 60 MB of the whole answer"
    writer.close()
