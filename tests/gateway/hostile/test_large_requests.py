"""Heads and bodies beyond their limits are refused with an answer that arrives, and memory does not follow their size."""

from __future__ import annotations

import asyncio

import pytest
from besieged import Besieged
from raw import answer, connect, read_answer, request
from spoken_raw import say

GET = b"GET /healthz HTTP/1.1\r\nhost: x\r\n"
POST = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n"
CHUNKED = POST + b"transfer-encoding: chunked\r\n\r\n"
MIB = b"x" * (1 << 20)
MOST_GROWTH_MB = 24.0
"""A body of 8 MiB may be held for a moment, in two copies; a body of 64 MiB may not."""


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (GET + b"x: y\r\n" * 300 + b"\r\n", 431, "head_too_large"),
        (GET + b"x: " + b"y" * 70_000 + b"\r\n\r\n", 431, "head_too_large"),
        (GET + b"x: " + b"y" * 2_000_000, 431, "head_too_large"),
        (GET + b"x" * 2_000_000, 431, "head_too_large"),
        (b"GET /" + b"a" * 2_000_000, 431, "head_too_large"),
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n", 414, "target_too_long"),
        (b"\r\n" * 100_000, 431, "head_too_large"),
    ],
)
async def test_giant_heads(besieged: Besieged, sent: bytes, status: int, code: str) -> None:
    said = await say(besieged.port, sent)
    assert (said.statuses, said.code, said.closed) == ([status], code, True)


async def test_a_head_of_the_largest_size_is_taken(besieged: Besieged) -> None:
    sent = GET + b"x: " + b"y" * 60_000 + b"\r\n\r\n"
    assert (await answer(besieged.port, sent))[0] == 200


async def test_an_announced_giant_is_refused_before_it_comes(besieged: Besieged) -> None:
    said = await say(besieged.port, POST + b"content-length: 99999999999\r\n\r\n" + MIB)
    assert (said.statuses, said.code, said.closed) == ([413], "request_too_large", True)


async def test_a_caller_who_sends_everything_first_still_reads_the_refusal(besieged: Besieged) -> None:
    """Closing a socket with something unread in it would take the answer away from the caller."""
    reader, writer = await connect(besieged.port)
    writer.write(POST + b"content-length: %d\r\n\r\n" % (64 << 20))
    for _ in range(64):
        writer.write(MIB)
        await writer.drain()
    status, headers, body = await read_answer(reader)
    assert (status, headers["connection"]) == (413, "close")
    assert b"request_too_large" in body
    writer.close()


@pytest.mark.parametrize(
    ("piece", "statuses"),
    [
        (b"100000\r\n" + MIB + b"\r\n", [413]),
        (b"1;" + MIB, [400]),
        (b"0\r\nx: " + MIB, [400]),
        (b"0\r\n" + b"x: y\r\n" * 200_000, [400]),
    ],
    ids=["without an end", "an extension", "a trailer", "many trailers"],
)
async def test_chunks_without_an_end_do_not_grow(
    besieged: Besieged, piece: bytes, statuses: list[int]
) -> None:
    await besieged.ask()
    before = besieged.rss_mb()
    rest = [piece] * 64 if statuses == [413] else [MIB] * 64
    said = await say(besieged.port, CHUNKED + piece, *rest)
    assert (said.statuses, said.closed) == (statuses, True)
    assert besieged.rss_mb() - before < MOST_GROWTH_MB
    await besieged.ask()


@pytest.mark.slow
async def test_many_large_bodies_at_once_find_no_room_and_small_ones_do() -> None:
    """Sixty callers begin bodies of 8 MB and never end them: 256 MiB are held, not 480."""
    with Besieged() as besieged:
        await besieged.ask()
        before = besieged.rss_mb()

        async def begin() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
            reader, writer = await connect(besieged.port)
            writer.write(POST + b"content-length: 8000000\r\n\r\n")
            writer.write(b" " * 7_900_000)
            return reader, writer

        callers = [await begin() for _ in range(60)]
        answers = await asyncio.gather(*(_answered(reader) for reader, _ in callers))
        assert answers.count(503) >= 20
        assert besieged.rss_mb() - before < 400
        assert await besieged.ask() < 1.0
        for _, writer in callers:
            writer.close()
        fits = request({"model": "vectors", "input": "x " * 100_000}, path="/v1/embeddings")
        for _ in range(20):
            if (await answer(besieged.port, fits))[0] == 200:
                break
            await asyncio.sleep(0.1)
        assert (await answer(besieged.port, fits))[0] == 200, "the room is given back"


async def _answered(reader: asyncio.StreamReader) -> int:
    try:
        return (await asyncio.wait_for(read_answer(reader), 3.0))[0]
    except TimeoutError:
        return 0
