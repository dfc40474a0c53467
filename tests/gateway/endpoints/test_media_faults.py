"""What an upstream does wrong with pictures and sound is told, and a sound that broke off is never called complete."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from running import FAST, http_upstream
from serving import Kept, every_endpoint

from colonnade.gateway.upstream.interface import Answer, Ask

SAY = {"model": "say", "voice": "alloy", "input": "one two three four five six"}
JUDGE = {"model": "judge", "input": "a calm sea"}
DRAW = {"model": "draw", "prompt": "a gate"}
RANK = {"model": "rank", "query": "a", "documents": ["a", "b"]}


@pytest.fixture
def meet(start: Callable[..., Any], simulate: Callable[..., Any]) -> Callable[..., tuple[str, Kept]]:
    """A gateway before a simulator with a fault, and its journal."""

    def begin(fault: str, **route: Any) -> tuple[str, Kept]:
        server, _ = simulate(FAST.model_copy(update={"fault": fault}))
        kept = Kept()
        return start(every_endpoint(http_upstream(server.url), kept, **route)).url + "/v1", kept

    return begin


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("refuse", 502, "upstream_cut"),
        ("http_429", 429, "rate_limit_exceeded"),
        ("http_500", 502, "upstream_500"),
        ("context_length", 400, "context_length_exceeded"),
    ],
)
def test_a_refusal_is_a_status_at_every_endpoint(meet, fault: str, status: int, code: str) -> None:
    base, kept = meet(fault)
    for path, body in (("/audio/speech", SAY), ("/moderations", JUDGE), ("/images/generations", DRAW)):
        answer = httpx.post(base + path, json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        assert kept.last.error_code == code


@pytest.mark.parametrize("fault", ["malformed_chunk", "empty"])
def test_an_answer_that_is_none_is_an_error(meet, fault: str) -> None:
    base, kept = meet(fault)
    for path, body in (("/moderations", JUDGE), ("/images/generations", DRAW), ("/rerank", RANK)):
        answer = httpx.post(base + path, json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (502, "upstream_malformed")
        assert kept.last.outcome == "failed"


def test_a_sound_that_is_cut_ends_with_a_broken_connection(meet) -> None:
    base, kept = meet("cut")
    with httpx.stream("POST", base + "/audio/speech", json=SAY) as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            answer.read()
    assert (kept.last.outcome, kept.last.error_code) == ("failed", "upstream_cut")


def test_a_sound_that_falls_silent_is_given_up(meet) -> None:
    base, kept = meet("stall", idle_s=0.3)
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.post(base + "/audio/speech", json=SAY)
    assert (kept.last.outcome, kept.last.error_code) == ("failed", "upstream_stalled")


@pytest.mark.parametrize("fault", ["cut", "missing_done"])
def test_an_event_stream_that_breaks_off_ends_with_an_error_event(meet, fault: str) -> None:
    base, kept = meet(fault)
    answer = httpx.post(base + "/audio/speech", json={**SAY, "stream_format": "sse"})
    assert answer.text.rstrip().split("\n\n")[-1].startswith('data: {"error":')
    assert "speech.audio.done" not in answer.text
    assert (kept.last.outcome, kept.last.usage_reported) == ("failed", False)


def test_a_caller_who_leaves_cancels_the_sound(start, simulate) -> None:
    server, _ = simulate(FAST.model_copy(update={"tokens_per_s": 5.0}))
    kept = Kept()
    base = start(every_endpoint(http_upstream(server.url), kept)).url + "/v1"
    with httpx.stream("POST", base + "/audio/speech", json=SAY) as answer:
        next(answer.iter_raw())
    patience = time.monotonic() + 2.0
    while not kept.records and time.monotonic() < patience:
        time.sleep(0.01)
    assert (kept.last.outcome, kept.last.error_code, kept.last.fresh_input) == ("abandoned", "client_gone", 7)


def test_usage_that_is_missing_or_wrong_is_estimated(meet) -> None:
    for fault in ("usage_missing", "usage_wrong"):
        base, kept = meet(fault)
        assert httpx.post(base + "/images/generations", json=DRAW).status_code == 200
        assert (kept.last.usage_reported, kept.last.fresh_input, kept.last.image_output) == (False, 2, 0)


class Drawn:
    """An upstream that answers with what it is given."""

    def __init__(self, answer: Answer) -> None:
        self.name = "drawn"
        self.answer = answer
        self.asks: list[Ask] = []

    async def ask(self, ask: Ask) -> Answer:
        self.asks.append(ask)
        return self.answer

    async def ready(self) -> str | None:
        return None

    async def close(self) -> None:
        return None


async def parts(*given: bytes) -> AsyncIterator[bytes]:
    for each in given:
        await asyncio.sleep(0)
        yield each


async def ask(answer: Answer, path: str, body: Any) -> tuple[httpx.Response, Kept]:
    kept = Kept()
    app = every_endpoint(Drawn(answer), kept)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://g/v1") as client:
        return await client.post(path, json=body), kept


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [("broken", 502, "upstream_error"), ({"code": 429}, 429, "upstream_rate_limit")],
)
async def test_an_error_with_status_200_is_the_upstreams_error(error: Any, status: int, code: str) -> None:
    given = Answer(200, body=json.dumps({"error": error}).encode())
    answer, kept = await ask(given, "/moderations", JUDGE)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert kept.last.error_code == code


@pytest.mark.parametrize("kind", ["text/html", "application/json", "image/png", ""])
async def test_what_is_no_sound_is_not_passed_on_as_speech(kind: str) -> None:
    answer, _ = await ask(
        Answer(200, chunks=parts(b"<html>"), headers={"content-type": kind}), "/audio/speech", SAY
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "upstream_malformed")


async def test_speech_may_come_whole() -> None:
    given = Answer(200, body=b"RIFF", headers={"content-type": "audio/mpeg"})
    answer, kept = await ask(given, "/audio/speech", SAY)
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (
        200,
        "audio/mpeg",
        b"RIFF",
    )
    assert kept.last.outcome == "answered"


async def test_events_are_read_however_they_are_cut() -> None:
    stream = b'data: {"type":"speech.audio.delta","audio":"UklG"}\n\ndata: {"type":"speech.audio.done","usage":{"input_tokens":3,"output_tokens":5,"total_tokens":8}}\n\n'
    body = {**SAY, "stream_format": "sse"}
    for at in range(1, len(stream)):
        given = Answer(
            200, chunks=parts(stream[:at], stream[at:]), headers={"content-type": "text/event-stream"}
        )
        answer, kept = await ask(given, "/audio/speech", body)
        assert answer.content == stream
        assert (kept.last.fresh_input, kept.last.audio_output, kept.last.outcome) == (3, 5, "answered")


async def test_the_upstream_is_sent_its_own_model_and_the_fields_of_the_caller() -> None:
    upstream = Drawn(Answer(200, body=b'{"data":[{"b64_json":"x"}]}'))
    kept = Kept()
    app = every_endpoint(upstream, kept)
    form = {"model": "draw", "prompt": "a gate", "size": "1024x1024"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://g/v1") as client:
        await client.post("/images/edits", data=form, files={"image": ("a.png", b"\x89PNG", "image/png")})
        await client.post("/images/generations", json={**form, "quality": "low"})
    edit, generation = upstream.asks
    assert (edit.path, generation.path) == ("/images/edits", "/images/generations")
    assert edit.content_type.startswith("multipart/form-data; boundary=")
    assert b'name="model"\r\n\r\nsimulated-1\r\n' in edit.body
    assert b'name="size"\r\n\r\n1024x1024\r\n' in edit.body
    assert b'filename="a.png"\r\ncontent-type: image/png\r\n\r\n\x89PNG\r\n' in edit.body
    assert (edit.request, edit.body.count(b'name="image"')) == ({}, 1)
    assert generation.request == {
        "model": "simulated-1",
        "prompt": "a gate",
        "size": "1024x1024",
        "quality": "low",
    }
