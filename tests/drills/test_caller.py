"""The caller hears whole answers, streams, refusals and cuts over real connections, and keeps what can be kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from colonnade.drills.caller import Caller
from colonnade.errors import SetupError

WHOLE = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-request-id: req-1\r\n\r\n{}"
STREAM = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
Script = Callable[[asyncio.StreamWriter], object]


@asynccontextmanager
async def endpoint(*answers: bytes, close: bool = False) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Answers each request with the next of these, and remembers what it was sent."""
    heard: list[bytes] = []
    left = list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while left:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            heard.append(head + await reader.readexactly(length))
            for piece in left.pop(0).split(b"|"):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.02)
            if close:
                break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", heard


async def test_a_whole_answer_with_its_id_and_its_times():
    async with endpoint(WHOLE) as (url, heard):
        caller = Caller(url, "key-1")
        answer = await caller.post("/chat/completions", {"model": "m"})
        await caller.close()
    assert (answer.status, answer.body, answer.request_id, answer.error) == (200, b"{}", "req-1", "")
    assert answer.intended <= answer.sent <= answer.ended
    assert heard[0].startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")
    assert b"authorization: Bearer key-1" in heard[0]


async def test_pieces_of_a_stream_have_times_of_their_own():
    async with endpoint(STREAM + b"3\r\none\r\n|3\r\ntwo\r\n|0\r\n\r\n") as (url, _):
        caller = Caller(url)
        answer = await caller.post("/x", {})
        await caller.close()
    assert [piece for _, piece in answer.pieces] == [b"one", b"two"]
    assert answer.pieces[0][0] < answer.pieces[1][0]
    assert answer.first_piece_s < answer.latency_s


async def test_a_connection_is_used_again():
    async with endpoint(WHOLE, WHOLE) as (url, heard):
        caller = Caller(url)
        for _ in range(2):
            assert (await caller.post("/x", {})).status == 200
        assert len(caller._open) == 1
        await caller.close()
    assert len(heard) == 2


async def test_latency_counts_from_the_intended_start():
    async with endpoint(WHOLE) as (url, _):
        caller = Caller(url)
        answer = await caller.post("/x", {}, asyncio.get_running_loop().time() - 5.0)
        await caller.close()
    assert answer.latency_s > 5.0
    assert answer.ended - answer.sent < 4.0


async def test_a_stream_that_is_cut_is_told_from_one_that_ended():
    async with endpoint(STREAM + b"3\r\none\r\n", close=True) as (url, _):
        caller = Caller(url)
        answer = await caller.post("/x", {})
        await caller.close()
    assert (answer.status, answer.body, answer.error) == (200, b"one", "ConnectionResetError")


async def test_nobody_there_is_an_answer_without_a_status():
    caller = Caller("http://127.0.0.1:1/v1")
    answer = await caller.post("/x", {})
    await caller.close()
    assert (answer.status, answer.error) == (0, "ConnectionRefusedError")


async def test_silence_ends_with_the_time_limit():
    async with endpoint(b"", WHOLE) as (url, _):
        caller = Caller(url, timeout_s=0.2)
        answer = await caller.post("/x", {})
        await caller.close()
    assert answer.error == "no end after 0.2 s"


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/v1", "127.0.0.1:8080", "http://"])
def test_what_is_no_address_is_refused(url):
    with pytest.raises(SetupError, match="no address of an endpoint"):
        Caller(url)
