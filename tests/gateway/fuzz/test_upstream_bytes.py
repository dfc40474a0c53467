"""Whatever bytes an upstream sends, the caller gets an answer or an error in time, and half an answer never ends well."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutated import SPICE, cuts, mutations
from running import FAST, application, run_simulator
from spoken import Place, speaking
from test_bodies import post

from colonnade.gateway.application import Gateway
from colonnade.gateway.upstream.anthropic.upstream import anthropic
from colonnade.gateway.upstream.bedrock.upstream import bedrock
from colonnade.gateway.upstream.cohere.upstream import cohere
from colonnade.gateway.upstream.gemini.upstream import gemini
from colonnade.gateway.upstream.interface import Upstream as UpstreamObject
from colonnade.gateway.upstream.openai_compatible import OpenAICompatible
from colonnade.workload.sections.serving import Upstream

Make = Callable[[str, Upstream, str | None], UpstreamObject]
KINDS: dict[str, tuple[Make, str]] = {
    "openai_compatible": (OpenAICompatible, "/v1"),
    "anthropic": (anthropic, "/anthropic/v1"),
    "bedrock": (bedrock, "/bedrock"),
    "cohere": (cohere, "/cohere/v2"),
    "gemini": (gemini, "/gemini/v1beta"),
}
MODES = [(kind, stream) for kind in KINDS for stream in (False, True)]
PATIENCE = {"timeout_s": 0.4, "first_byte_s": 0.3, "idle_s": 0.3}
EXPECTED = {200, 400, 401, 403, 404, 413, 429, 502, 503, 504}
HANG_S = 5.0


def gateway(kind: str, port: int) -> Gateway:
    make, path = KINDS[kind]
    declared = Upstream(kind=kind, base_url=f"http://127.0.0.1:{port}{path}")
    return application(make("far", declared, "id:secret"), kind=kind, route=PATIENCE)


def question(stream: bool) -> bytes:
    body = {"model": "assistant", "stream": stream, "messages": [{"role": "user", "content": "Columns?"}]}
    return json.dumps(body).encode()


@dataclass(frozen=True)
class Ended:
    """What the caller saw in the end."""

    status: int
    told: bytes

    @property
    def well(self) -> bool:
        """Whether the answer claims to be complete."""
        if not self.told.startswith((b"data:", b":")):
            return self.status == 200
        return self.told.endswith(b"data: [DONE]\n\n")

    @property
    def error(self) -> bool:
        """Whether an error is what it ends with."""
        return b'"error"' in self.told.rstrip(b"\n").rpartition(b"\n")[2]


async def ask(kind: str, stream: bool, *parts: bytes, stay: bool = False) -> Ended:
    async with speaking(*parts, stay=stay) as place:
        app = gateway(kind, place.port)
        try:
            status, told = await asyncio.wait_for(post(app, "/v1/chat/completions", question(stream)), HANG_S)
        finally:
            await app.way.upstreams["far"].close()
        return Ended(status, told)


@cache
def good(kind: str, stream: bool) -> bytes:
    """What the simulator's face of this kind answers, with head and chunks, as bytes."""

    async def fetch() -> bytes:
        place = Place((b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n",), 0.0, stay=False)
        listener = await asyncio.start_server(place.serve, "127.0.0.1", 0)
        app = gateway(kind, listener.sockets[0].getsockname()[1])
        await post(app, "/v1/chat/completions", question(stream))
        listener.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(place.asked[0].replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n", 1))
        answer = await reader.read()
        writer.close()
        return answer

    server, _ = run_simulator(FAST)
    try:
        return asyncio.run(fetch())
    finally:
        server.stop()


def hold(ended: Ended) -> None:
    assert ended.status in EXPECTED, ended
    assert b"internal_error" not in ended.told
    assert ended.well or ended.error, ended


@pytest.mark.parametrize(("kind", "stream"), MODES)
def test_what_is_mutated_was_good(kind: str, stream: bool) -> None:
    assert asyncio.run(ask(kind, stream, good(kind, stream))).well


@settings(max_examples=100)
@given(mode=st.sampled_from(MODES), at=st.floats(0, 0.6), places=st.lists(st.integers(0, 3000), max_size=4))
def test_half_an_answer_never_ends_well(mode: tuple[str, bool], at: float, places: list[int]) -> None:
    whole = good(*mode)
    ended = asyncio.run(ask(*mode, *cuts(whole[: int(len(whole) * at)], places)))
    hold(ended)
    assert not ended.well


@settings(max_examples=200)
@given(data=st.data(), mode=st.sampled_from(MODES), places=st.lists(st.integers(0, 3000), max_size=4))
def test_mutated_answers(data: st.DataObject, mode: tuple[str, bool], places: list[int]) -> None:
    hold(asyncio.run(ask(*mode, *cuts(data.draw(mutations(good(*mode))), places))))


HEADS = [
    b"",
    b"HTTP/1.1 200 OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n",
    b"HTTP/1.1 429 No\r\nretry-after: inf\r\ncontent-length: 2\r\n\r\n",
    b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    b"HTTP/1.1 204 No\r\n\r\n",
    b"HTTP/1.1 304 No\r\n\r\n",
    b"HTTP/1.1 999 No\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
]


@settings(max_examples=150)
@given(
    mode=st.sampled_from(MODES),
    head=st.sampled_from(HEADS),
    body=st.lists(st.sampled_from(SPICE) | st.binary(max_size=40), max_size=8),
)
def test_noise_never_ends_well(mode: tuple[str, bool], head: bytes, body: list[bytes]) -> None:
    ended = asyncio.run(ask(*mode, head, *body))
    hold(ended)
    assert not ended.well


ENDLESS = {
    "head": b"HTTP/1.1 200 OK\r\nx: ",
    "heads": b"",
    "chunk extension": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;",
    "trailer": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nx: ",
    "event": b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: {",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("what", ENDLESS)
async def test_what_has_no_end_is_ended(kind: str, what: str) -> None:
    """The upstream would go on for 40 MB. It is broken off at once, not at the deadline; interim heads alone may go on."""
    piece = b"HTTP/1.1 100 Continue\r\n\r\n" * 40_000 if what == "heads" else b"y" * 1_000_000
    ended = await ask(kind, True, ENDLESS[what], *([piece] * 40), stay=True)
    hold(ended)
    assert not ended.well
    assert (b"upstream_malformed" in ended.told) == (what != "heads")


async def test_what_nobody_asked_for_spoils_no_later_answer() -> None:
    """Half an answer behind a whole one would be taken for the beginning of the next."""
    stray = b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"
    whole = good("openai_compatible", False).replace(b"connection: close\r\n", b"")
    async with speaking(whole + stray, stay=True) as place:
        app = gateway("openai_compatible", place.port)
        for _ in range(3):
            status, told = await post(app, "/v1/chat/completions", question(False))
            assert (status, json.loads(told)["object"]) == (200, "chat.completion")
        await app.way.upstreams["far"].close()
