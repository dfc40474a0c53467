"""`curl -N` shows the events of a stream as they come, and needs nothing but the key."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

import pytest
from world import World

CURL = shutil.which("curl")
EVENTS = 8
PACE_S = 0.05
"""The pause between two tokens of the route `slow`, whose answers have 200 tokens and take ten seconds."""

pytestmark = pytest.mark.skipif(CURL is None, reason="curl is not installed")


@contextmanager
def curl(world: World, path: str, body: dict[str, object], *options: str) -> Iterator[subprocess.Popen[str]]:
    """`curl` at work; it is ended with the block, as Ctrl-C ends it."""
    command = ["curl", "--no-buffer", "--silent", "--show-error", *options, f"{world.url}{path}"]
    command += [
        "--header",
        f"authorization: Bearer {world.key}",
        "--header",
        "content-type: application/json",
    ]
    command += ["--data", json.dumps(body)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=10)


def asked(route: str, *, stream: bool = True) -> dict[str, object]:
    messages = [{"role": "user", "content": "What does a reviewer keep?"}]
    return {"model": route, "max_tokens": 200, "messages": messages, "stream": stream}


@pytest.mark.parametrize(
    ("path", "beginning"),
    [("/v1/chat/completions", "data: {"), ("/v1/messages", "event: content_block_delta")],
)
def test_events_come_one_by_one_while_the_answer_is_written(world: World, path: str, beginning: str) -> None:
    began = time.time()
    with curl(world, path, asked("slow")) as process:
        lines = (line for line in process.stdout or () if line.startswith(beginning))
        moments = [time.monotonic() for _ in islice(lines, EVENTS)]
        assert process.poll() is None, "the answer was still being written"
    assert len(moments) == EVENTS
    assert moments[-1] - moments[0] >= (EVENTS - 2) * PACE_S * 0.8
    records, _ = world.journal(began, left=1)
    assert [(record.route, record.outcome) for record in records] == [("slow", "abandoned")]


def test_a_whole_stream_ends_with_done(world: World) -> None:
    began = time.time()
    with curl(world, "/v1/chat/completions", asked("answer")) as process:
        said, _ = process.communicate(timeout=20)
    events = [line.removeprefix("data: ") for line in said.split("\n\n") if line]
    deltas = [json.loads(event)["choices"][0]["delta"] for event in events[:-1]]
    _, answers = world.journal(began)
    assert events[-1] == "[DONE]"
    assert "".join(delta.get("content") or "" for delta in deltas) in answers.values()


def test_a_stream_that_is_cut_ends_with_an_error_and_without_done(world: World) -> None:
    with curl(world, "/v1/chat/completions", asked("cut")) as process:
        said, _ = process.communicate(timeout=20)
    assert json.loads(said.rstrip().rpartition("data: ")[2])["error"]["code"] == "upstream_cut"
    assert "[DONE]" not in said


@pytest.mark.parametrize(("route", "status"), [("none", 404), ("busy", 429)])
def test_an_error_has_a_status_and_a_document(world: World, route: str, status: int) -> None:
    with curl(world, "/v1/chat/completions", asked(route), "--include") as process:
        said, _ = process.communicate(timeout=20)
    head, _, document = said.replace("\r", "").partition("\n\n")
    lines = [line.lower() for line in head.split("\n")]
    assert lines[0].split()[1] == str(status)
    assert ("retry-after: 2" in lines) == (status == 429)
    assert set(json.loads(document)["error"]) == {"message", "type", "param", "code"}
