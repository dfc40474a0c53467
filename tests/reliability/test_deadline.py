"""The deadline bounds whole answers and streams; without the stage, nothing does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from colonnade.errors import DeadlineExceeded, InvalidRequest
from colonnade.gateway.call import Call, Reply
from colonnade.gateway.streams import Passage
from colonnade.gateway.watch import Watch
from colonnade.gateway.wheel import Wheel
from colonnade.reliability.deadline import Deadline
from colonnade.workload.sections.serving import Route


async def never(*_: Any) -> Any:
    await asyncio.Event().wait()


def call_with(
    *, timeout_s: float = 60.0, stream: bool = False, header: bytes | None = None, **route: float
) -> Call:
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None
    watch = Watch(Wheel(loop), task, never, now=loop.time(), body_due=loop.time() + 60)
    watch.body_read()
    return Call(
        id="req-1", endpoint="chat", received_at=0.0, started=loop.time(), authorization=None,
        headers={} if header is None else {b"x-request-timeout-s": header}, body=b"", stream=stream,
        route=Route(model="text", timeout_s=timeout_s, **route), now=loop.time, watch=watch,
    )  # fmt: skip


async def elapsed(running: Any) -> float:
    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(DeadlineExceeded):
        await running
    return loop.time() - began


async def test_the_routes_limit() -> None:
    call = call_with(timeout_s=0.1)
    assert 0.09 < await elapsed(Deadline()(call, never)) < 0.2
    assert call.deadline == call.started + 0.1


@pytest.mark.parametrize(("header", "allowed"), [(b"0.1", 0.1), (b"99", 0.3)])
async def test_the_callers_wish_only_shortens(header: bytes, allowed: float) -> None:
    took = await elapsed(Deadline()(call_with(timeout_s=0.3, header=header), never))
    assert allowed - 0.01 < took < allowed + 0.1


@pytest.mark.parametrize("header", [b"", b"0", b"-1", b"nan", b"inf", b"soon"])
async def test_a_wish_that_is_none(header: bytes) -> None:
    with pytest.raises(InvalidRequest) as caught:
        await Deadline()(call_with(header=header), never)
    assert caught.value.param == "x-request-timeout-s"


async def test_without_the_stage_nothing_ends_the_call() -> None:
    call = call_with(timeout_s=0.05)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await never(call)


async def test_the_first_byte_has_a_limit_of_its_own() -> None:
    call = call_with(stream=True, first_byte_s=0.1, idle_s=5.0)
    with pytest.raises(DeadlineExceeded) as caught:
        await Deadline()(call, never)
    assert caught.value.code == "first_byte_timeout"


async def chunks(gaps: list[float]) -> AsyncIterator[bytes]:
    for gap in gaps:
        await asyncio.sleep(gap)
        yield b'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n'


async def run_stream(gaps: list[float], **route: float) -> tuple[Reply, bytes]:
    call = call_with(stream=True, **route)
    sent: list[bytes] = []

    async def last(_call: Call) -> Reply:
        return Reply(chunks=chunks(gaps))

    async def send(message: Any) -> None:
        sent.append(message["body"])

    reply = await Deadline()(call, last)
    assert reply.chunks is not None
    await Passage(call, reply, send).run(reply.chunks)
    return reply, b"".join(sent)


async def test_silence_within_a_stream_ends_it_in_band() -> None:
    reply, sent = await run_stream([0.0, 0.05, 0.05, 0.05, 5.0], idle_s=0.1)
    assert (reply.error, reply.text) == ("upstream_stalled", "aaaa")
    assert b'"code":"upstream_stalled"' in sent
    assert b"[DONE]" not in sent


async def test_a_stream_that_never_ends_meets_the_deadline() -> None:
    reply, _ = await run_stream([0.02] * 1000, idle_s=5.0, timeout_s=0.2)
    assert reply.error == "deadline_exceeded"
    assert 5 < len(reply.text) < 12


async def test_a_cancellation_by_somebody_else_stays_one() -> None:
    task = asyncio.ensure_future(_staged())
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def _staged() -> None:
    await Deadline()(call_with(), never)
