"""The simulator in this process keeps the limits of time of a call, as every upstream on the web does."""

from __future__ import annotations

import asyncio
import json

import pytest

from colonnade.errors import DeadlineExceeded
from colonnade.gateway.upstream.interface import Ask
from colonnade.gateway.upstream.simulator import SimulatorUpstream
from colonnade.workload.sections.serving import Fault, Simulation

LATE = Simulation(first_byte_s=60.0)
BODY = json.dumps({"model": "m", "messages": [{"role": "user", "content": "x"}], "stream": True}).encode()


async def played(
    simulation: Simulation, *, stream: bool, deadline_s: float = 0.0, begin_s: float = 0.0
) -> bytes:
    now = asyncio.get_running_loop().time()
    ask = Ask(
        "/chat/completions", BODY if stream else BODY.replace(b"true", b"false"), stream,
        now + deadline_s if deadline_s else 0.0, "req-1", first_byte_by=now + begin_s if begin_s else 0.0,
    )  # fmt: skip
    answer = await SimulatorUpstream("sim", simulation).ask(ask)
    return answer.body if answer.chunks is None else b"".join([chunk async for chunk in answer.chunks])


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"begin_s": 0.05}, "first_byte_timeout"),
        ({"begin_s": 0.05, "deadline_s": 60.0}, "first_byte_timeout"),
        ({"deadline_s": 0.05}, "deadline_exceeded"),
    ],
)
async def test_a_late_beginning_is_not_waited_for(stream: bool, limits: dict[str, float], code: str) -> None:
    async with asyncio.timeout(10):
        with pytest.raises(DeadlineExceeded) as caught:
            await played(LATE, stream=stream, **limits)
    assert caught.value.code == code


@pytest.mark.parametrize("fault", ["stall", "endless_event"])
async def test_a_stream_ends_with_the_deadline(fault: Fault) -> None:
    async with asyncio.timeout(10):
        with pytest.raises(DeadlineExceeded):
            await played(Simulation(fault=fault, tokens_per_s=10_000.0), stream=True, deadline_s=0.3)


async def test_once_begun_only_the_end_is_limited() -> None:
    slow = Simulation(first_byte_s=0.0, tokens_per_s=100.0, answer_tokens=20)
    assert (await played(slow, stream=True, begin_s=0.1, deadline_s=60.0)).endswith(b"data: [DONE]\n\n")
