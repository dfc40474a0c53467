"""Judgements and rankings may be stored; pictures, sound and transcripts are made anew for every call."""

from __future__ import annotations

import time

import httpx
import pytest
from running import FAST
from serving import Kept, every_endpoint

from colonnade.gateway.upstream.simulator import SimulatorUpstream
from colonnade.performance.answers import Answers
from colonnade.performance.cache import ExactCache

SOUND = {"file": ("a.wav", b"RIFF", "audio/wav")}


@pytest.mark.parametrize(
    ("path", "sent", "stored"),
    [
        ("/moderations", {"json": {"model": "judge", "input": "a calm sea"}}, True),
        ("/rerank", {"json": {"model": "rank", "query": "a", "documents": ["a", "b"]}}, True),
        ("/images/generations", {"json": {"model": "draw", "prompt": "a gate"}}, False),
        ("/audio/speech", {"json": {"model": "say", "input": "one two"}}, False),
        (
            "/audio/transcriptions",
            {"data": {"model": "hear", "response_format": "srt"}, "files": SOUND},
            False,
        ),
    ],
)
async def test_only_what_is_computed_is_stored(path: str, sent: dict, stored: bool) -> None:
    upstream = SimulatorUpstream("sim", FAST)
    cache = ExactCache(Answers(time.monotonic), lambda: "policy")
    app = every_endpoint(upstream, Kept(), after=[cache], cache="exact", deterministic=True)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://g/v1") as client:
        first = await client.post(path, **sent)
        again = await client.post(path, **sent)
    assert (first.content, first.headers["content-type"]) == (again.content, again.headers["content-type"])
    assert again.headers["x-colonnade-cache"] == ("hit" if stored else "bypass")
    assert upstream.simulator.count == (1 if stored else 2)
