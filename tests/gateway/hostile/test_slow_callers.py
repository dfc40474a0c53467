"""Callers who drip, fall silent, leave half of a request or do not read wait for themselves, not at others' expense."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest
from besieged import CHAT, QUICK, STREAM, Besieged
from raw import answer, connect, request
from spoken_raw import say

SOON_S = 1.0
HEAD = b"POST /v1/embeddings HTTP/1.1\r\nhost: x\r\n"


@pytest.fixture(scope="module")
def hasty() -> Iterator[Besieged]:
    """Waits for callers a fraction as long as usual."""
    pace = {"tokens_per_s": 1e6, "answer_tokens": 100_000}
    with Besieged(head_s=0.5, unread_s=0.5, body_s=0.5, simulation=pace) as running:
        yield running


async def test_dripped_heads_are_answered_with_408_and_others_meanwhile(hasty: Besieged) -> None:
    held = await hasty.held()
    drips = [asyncio.create_task(say(hasty.port, *([b"\r\n"] * 10), pause_s=0.1)) for _ in range(20)]
    drips += [
        asyncio.create_task(say(hasty.port, HEAD, *([b"x: y\r\n"] * 10), pause_s=0.1)) for _ in range(20)
    ]
    while not all(drip.done() for drip in drips):
        assert await hasty.ask() < SOON_S
        await asyncio.sleep(0.05)
    for said in await asyncio.gather(*drips):
        assert said.closed
        assert (said.statuses, said.code) == ([408], "slow_head")
    await hasty.settled(held)


async def test_whoever_says_nothing_is_let_go_without_a_word(hasty: Besieged) -> None:
    for sent in (b"", b"\r\n\r\n"):
        said = await say(hasty.port, sent)
        assert said.closed
        assert said.statuses == ([408] if sent else [])


async def test_a_head_is_awaited_after_an_answer_too(hasty: Besieged) -> None:
    said = await say(hasty.port, QUICK, b"GET /hea")
    assert (said.statuses, said.closed) == ([200, 408], True)


@pytest.mark.parametrize("coding", [b"content-length: 500\r\n\r\n", b"transfer-encoding: chunked\r\n\r\n"])
async def test_dripped_bodies_are_refused(hasty: Besieged, coding: bytes) -> None:
    drop = b" " if b"length" in coding else b"1\r\n \r\n"
    said = await say(hasty.port, HEAD + coding, *([drop] * 8), pause_s=0.1)
    assert (said.statuses, said.code, said.closed) == ([400], "slow_body", True)
    assert b"connection: close" in said.raw


async def test_who_does_not_read_is_cut_off(hasty: Besieged) -> None:
    """The answer is larger than all buffers between us; the caller looks at none of it."""
    held = await hasty.held()
    caller = socket.socket()
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    caller.connect(("127.0.0.1", hasty.port))
    caller.sendall(STREAM)
    await asyncio.sleep(0.3)
    assert await hasty.ask() < SOON_S
    try:
        await hasty.settled(held)
    finally:
        caller.close()


async def test_half_a_request_and_half_a_connection(hasty: Besieged) -> None:
    """Whoever closes their side is taken to have left, as the stream contract says of callers who leave."""
    held = await hasty.held()
    for sent in (b"", b"GET /hea", HEAD + b"content-length: 9\r\n\r\n{", STREAM):
        reader, writer = await connect(hasty.port)
        writer.write(sent)
        writer.write_eof()
        assert b"[DONE]" not in await reader.read()
        writer.close()
    assert await hasty.ask() < SOON_S
    await hasty.settled(held)


async def test_nothing_is_left_to_the_collector() -> None:
    """Objects that refer to each other would gather for minutes: the collector is told to look seldom."""
    with Besieged(simulation={"tokens_per_s": 100.0, "answer_tokens": 20}) as besieged:
        await besieged.ask()
        await besieged.garbage()
        for _ in range(3):
            await asyncio.gather(*(answer(besieged.port, STREAM) for _ in range(20)))
        assert await besieged.garbage() < 60, "less than one object a call"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_departures_behind_which_requests_wait_end_the_answer(besieged: Besieged, stream: bool) -> None:
    """uvicorn alone would tell only the request that came last, and the answer of one second would be made for nobody."""
    tasks = await besieged.tasks()
    _, writer = await connect(besieged.port)
    writer.write(request({**CHAT, "stream": stream}) + QUICK + QUICK)
    await asyncio.sleep(0.2)
    assert await besieged.tasks() > tasks
    writer.close()
    await asyncio.sleep(0.2)
    assert await besieged.tasks() <= tasks
