"""Gateways one behind the other pass every event on when it comes: a stream is not gathered into bursts."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

import pytest
from hearing import DIALECTS
from raw import connect, request
from running import Running, application, binding, http_upstream, run_gateway, run_simulator

from colonnade.gateway.application import Gateway, create_app
from colonnade.gateway.direct import Direct
from colonnade.gateway.read import Read
from colonnade.gateway.upstream.openai_compatible import OpenAICompatible
from colonnade.workload.sections.serving import Route, Simulation

WORDS = 25
GAP_S = 0.02
STEADY = Simulation(first_byte_s=0.0, tokens_per_s=1 / GAP_S, answer_tokens=WORDS)


@dataclass(frozen=True)
class Chain:
    """Two gateways, and what each has behind it."""

    outer: Running
    inner: Running
    upstreams: tuple[OpenAICompatible, OpenAICompatible]


def _before(inner: OpenAICompatible) -> Gateway:
    """A gateway whose model is a route of another one."""
    direct = Direct({"assistant": Route(model="far")}, {"far": binding(inner.name, model="assistant")})
    return create_app(stages=[Read(), direct], upstreams={inner.name: inner}, models=["assistant"])


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    simulator, _ = run_simulator(STEADY)
    near = http_upstream(simulator.url)
    inner = run_gateway(application(near))
    far = http_upstream(inner.url)
    outer = run_gateway(_before(far))
    yield Chain(outer, inner, (near, far))
    for each in (outer, inner, simulator):
        each.stop()


async def _arrivals(port: int, dialect: str) -> list[float]:
    """When something came in which there was a word of the answer."""
    spoken, loop = DIALECTS[dialect], asyncio.get_running_loop()
    reader, writer = await connect(port)
    writer.write(request(spoken.request("assistant", "streamed", tool=False), path=spoken.path))
    arrived = []
    while b"0\r\n\r\n" not in (part := await reader.read(1 << 16)):
        if b'"content":"' in part or b'"text_delta"' in part:
            arrived.append(loop.time())
    writer.close()
    return arrived


@pytest.mark.parametrize("dialect", ["chat", "messages"])
def test_events_arrive_as_they_are_said(dialect: str, chain: Chain) -> None:
    arrived = asyncio.run(_arrivals(chain.outer.port, dialect))
    assert len(arrived) >= 0.8 * WORDS, "nearly every word comes by itself"
    gaps = [later - earlier for earlier, later in pairwise(arrived)]
    assert GAP_S / 2 < median(gaps) < GAP_S * 2


def test_no_socket_waits_for_more_to_send(chain: Chain) -> None:
    async def options() -> list[int]:
        reader, writer = await connect(chain.outer.port)
        writer.write(request(DIALECTS["chat"].request("assistant", "streamed", tool=False)))
        await reader.readuntil(b"data: ")
        found = [_nodelay(transport) for transport in _transports(chain)]
        writer.close()
        return found

    found = asyncio.run(options())
    assert len(found) >= 4, "two connections that were accepted, and two that were opened"
    assert set(found) == {1}


def _transports(chain: Chain) -> Iterator[Any]:
    for gateway in (chain.outer, chain.inner):
        yield from (each.transport for each in gateway.server.server_state.connections)
    for upstream in chain.upstreams:
        yield from (each._transport for each in upstream.client.pool._open)


def _nodelay(transport: Any) -> int:
    option: int = transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    return option
