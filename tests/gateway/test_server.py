"""The server around the pipeline: probes, metrics, sockets, the end of its life."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from raw import answer, connect, read_answer, request
from running import FAST, Running, application, http_upstream

from colonnade.errors import SetupError
from colonnade.gateway.capabilities import UNSUPPORTED
from colonnade.gateway.exposition import HELP, render
from colonnade.gateway.metrics import Metrics
from colonnade.gateway.readiness import Readiness
from colonnade.gateway.server import listen, serve
from colonnade.gateway.upstream.simulator import SimulatorUpstream

CHAT = {"model": "assistant", "messages": [{"role": "user", "content": "x"}]}


def test_it_is_alive(world: Running) -> None:
    assert httpx.get(f"{world.url}/healthz").json() == {"status": "alive"}


def test_readiness_lists_components(start: Callable[..., Running], simulate: Callable[..., Any]) -> None:
    waits: dict[str, str | None] = {"journal": "its lock", "model": "loading weights"}

    async def journal() -> str | None:
        return waits["journal"]

    async def model() -> str | None:
        return waits["model"]

    simulator, _ = simulate()
    readiness = Readiness(needed={"journal": journal}, upstreams={"upstream.local": model})
    gateway = start(application(http_upstream(simulator.url), readiness=readiness))
    first = httpx.get(f"{gateway.url}/readyz")
    assert (first.status_code, first.json()["status"]) == (503, "not_ready")
    assert first.json()["components"]["journal"] == {"status": "not_ready", "waits_for": "its lock"}
    waits["journal"] = None
    second = httpx.get(f"{gateway.url}/readyz")
    assert (second.status_code, second.json()["status"]) == (200, "ready")
    assert second.json()["components"] == {
        "journal": {"status": "ready"},
        "upstream.sim": {"status": "ready"},
        "upstream.local": {"status": "starting", "waits_for": "loading weights"},
    }


async def test_a_component_that_breaks_or_sleeps_is_not_ready() -> None:
    async def broken() -> str | None:
        raise RuntimeError("secret")

    async def asleep() -> str | None:
        await asyncio.sleep(60)
        return None

    status, document = await Readiness(needed={"broken": broken, "asleep": asleep}).ask()
    assert status == 503
    assert document["components"]["broken"]["waits_for"] == "nothing known: RuntimeError"
    assert "an answer" in document["components"]["asleep"]["waits_for"]


def test_metrics_count_calls_tokens_and_times(start: Callable[..., Running]) -> None:
    gateway = start(application(SimulatorUpstream("sim", FAST), kind="simulator"))
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="x", max_retries=0) as client:
        client.chat.completions.create(**CHAT)
        list(client.chat.completions.create(**CHAT, stream=True))
        with pytest.raises(openai.NotFoundError):
            client.chat.completions.create(**{**CHAT, "model": "gpt-9"})
    text = httpx.get(f"{gateway.url}/metrics").text
    labels = '{route="assistant",endpoint="chat",status="200",outcome="answered"'
    assert f"colonnade_requests_total{labels}}} 2" in text
    assert f'gen_ai_client_token_usage_total{labels},gen_ai_token_type="output"}} 24' in text
    assert f"gen_ai_server_time_to_first_token_seconds_count{labels}}} 2" in text
    assert f'gen_ai_server_request_duration_seconds_bucket{labels},le="+Inf"}} 2' in text
    assert 'colonnade_requests_total{route="",endpoint="chat",status="404",outcome="refused"} 1' in text
    assert "colonnade_requests_in_flight 0" in text
    assert set(re.findall(r"# TYPE (\S+)", text)) == set(HELP)


def test_histograms_are_cumulative() -> None:
    metrics = Metrics()
    assert b"# TYPE" in render({"": metrics})
    lines = [line for line in render({"": metrics}).decode().splitlines() if not line.startswith("#")]
    assert lines == ["colonnade_requests_in_flight 0"]


def test_a_port_that_is_taken() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SetupError, match=f"Port {port} on 127.0.0.1 is taken"):
            listen("127.0.0.1", port)
    with pytest.raises(SetupError, match=r"Cannot listen on 192\.0\.2\.1"):
        listen("192.0.2.1", 0)


async def test_nagle_is_off_towards_callers(world: Running) -> None:
    reader, writer = await connect(world.port)
    writer.write(request(CHAT))
    await read_answer(reader)
    (protocol,) = [
        each
        for each in world.server.server_state.connections
        if each.transport.get_extra_info("peername") == writer.get_extra_info("sockname")
    ]
    accepted = protocol.transport.get_extra_info("socket")
    assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
    writer.close()


async def test_connections_are_kept(world: Running) -> None:
    reader, writer = await connect(world.port)
    for _ in range(3):
        writer.write(request(CHAT))
        assert (await read_answer(reader))[0] == 200
    writer.close()


async def test_pipelined_requests_are_answered_in_order(world: Running) -> None:
    reader, writer = await connect(world.port)
    writer.write(request(CHAT) + request({**CHAT, "model": "none"}))
    assert [(await read_answer(reader))[0] for _ in range(2)] == [200, 404]
    writer.close()


async def test_draining_refuses_new_calls_and_says_so(start: Callable[..., Running]) -> None:
    app = application(SimulatorUpstream("sim", FAST), kind="simulator")
    gateway = start(app)
    slow = FAST.model_copy(update={"first_byte_s": 0.3})
    app.way.upstreams["sim"].simulator.simulation = slow
    under_way = asyncio.ensure_future(answer(gateway.port, request(CHAT)))
    await asyncio.sleep(0.1)
    app.drain()
    status, _, text = await answer(gateway.port, request(CHAT))
    assert (status, b'"shutting_down"' in text) == (503, True)
    assert b'"draining"' in (await answer(gateway.port, request(b"", path="/readyz", method="GET")))[2]
    assert (await under_way)[0] == 200, "calls under way are finished"


async def test_what_is_elsewhere_is_asked_elsewhere(start: Callable[..., Running]) -> None:
    async def console(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"7")]})
        await send({"type": "http.response.body", "body": b"console"})

    gateway = start(application(SimulatorUpstream("sim", FAST), kind="simulator", elsewhere=console))
    assert (await answer(gateway.port, request(b"", path="/", method="GET")))[2] == b"console"
    assert (await answer(gateway.port, request(b"", path="/v1/none", method="GET")))[0] == 404


async def test_nothing_blocks_the_loop(
    world: Running, client: openai.OpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    assert world.loop is not None
    world.loop.call_soon_threadsafe(world.loop.set_debug, True)
    world.loop.slow_callback_duration = 0.25  # a busy machine alone holds a callback for some hundredths
    big = {**CHAT, "messages": [{"role": "user", "content": "x" * 200_000}]}
    try:
        for stream in (False, True):
            await asyncio.to_thread(
                lambda stream=stream: list(client.chat.completions.create(**big, stream=stream))
            )
    finally:
        world.loop.call_soon_threadsafe(world.loop.set_debug, False)
    assert not [record for record in caplog.records if "Executing" in record.getMessage()]


def test_the_upstream_sees_the_ids_that_callers_see(
    start: Callable[..., Running], simulate: Callable[..., Any]
) -> None:
    simulator, seen = simulate()
    gateway = start(application(http_upstream(simulator.url)))
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="x", max_retries=0) as client:
        ids = [client.chat.completions.create(**CHAT)._request_id for _ in range(5)]
    assert httpx.get(f"{simulator.url}/seen").json()["ids"] == ids
    assert list(seen.seen) == ids


def test_the_reference_names_every_metric_and_field() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "http.md").read_text(encoding="utf-8")
    fields = set[str]().union(*UNSUPPORTED.values())
    assert [name for name in (*HELP, *sorted(fields)) if f"`{name}`" not in page] == []


def test_a_start_that_fails_says_why_and_a_stop_is_clean() -> None:
    @asynccontextmanager
    async def broken() -> AsyncIterator[None]:
        raise SetupError("the journal's disk is full")
        yield

    app = application(SimulatorUpstream("sim", FAST), kind="simulator", lifespan=broken)
    with pytest.raises(SetupError, match="disk is full"):
        serve(app, listen("127.0.0.1", 0))
