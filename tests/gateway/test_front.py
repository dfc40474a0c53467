"""What ASGI promises an application, and HTTP a caller, holds for the cycle that replaces uvicorn's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from raw import answer, connect, read_answer, request
from running import Running

from colonnade.gateway.resources import Resources
from colonnade.gateway.server import server

Send = Callable[[Any], Awaitable[None]]


class Speaker:
    """Answers as its path says."""

    failure = None

    def drain(self) -> None: ...

    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await getattr(self, scope["path"].strip("/"))(scope, receive, send)

    async def _live(self, receive: Any, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def echo(self, scope: Any, receive: Any, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message["more_body"]
        told = scope["method"].encode() + b" " + scope["query_string"] + b" " + body
        await start(send, (b"content-length", b"%d" % len(told)))
        await part(send, told)

    async def stream(self, _scope: Any, _receive: Any, send: Send) -> None:
        await start(send)
        for text in (b"one", b"", b"two"):
            await part(send, text, more=True)
        await part(send, b"")

    async def split(self, _scope: Any, _receive: Any, send: Send) -> None:
        await start(send, (b"x-note", b"a\r\nx-evil: yes"), (b"content-length", b"1"))
        await part(send, b"1")

    async def latin(self, _scope: Any, _receive: Any, send: Send) -> None:
        await start(send, (b"x-note", b"gr\xfc\xdfe\t\xa0!"), (b"content-length", b"1"))
        await part(send, b"1")

    async def short(self, _scope: Any, _receive: Any, send: Send) -> None:
        await start(send, (b"content-length", b"3"))
        await part(send, b"1")

    async def long(self, _scope: Any, _receive: Any, send: Send) -> None:
        await start(send, (b"content-length", b"1"))
        await part(send, b"123")

    async def broken(self, _scope: Any, _receive: Any, _send: Send) -> None:
        raise ValueError("a secret")

    async def mute(self, _scope: Any, _receive: Any, _send: Send) -> None: ...

    async def cut(self, _scope: Any, _receive: Any, send: Send) -> None:
        await start(send)
        await part(send, b"half", more=True)
        raise ValueError("a secret")

    async def body_first(self, _scope: Any, _receive: Any, send: Send) -> None:
        await part(send, b"1")

    async def final(self, _scope: Any, _receive: Any, send: Send) -> None:
        await start(send, (b"content-length", b"1"), (b"connection", b"close"))
        await part(send, b"1")

    async def slow(self, _scope: Any, _receive: Any, send: Send) -> None:
        await asyncio.sleep(0.3)
        await start(send, (b"content-length", b"1"))
        await part(send, b"1")


async def start(send: Send, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": list(headers)})


async def part(send: Send, body: bytes, *, more: bool = False) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


@pytest.fixture
async def spoken() -> AsyncIterator[Running]:
    made = server(Speaker())
    made.config.timeout_keep_alive = 0.2  # type: ignore[assignment] # seconds; a fraction will do
    running = Running(made)
    yield running
    running.stop()


def asked(path: str, body: bytes = b"", method: str = "POST", **headers: str) -> bytes:
    return request(body, path=path, method=method, **headers)


async def test_requests_and_answers_pass_as_they_are(spoken: Running) -> None:
    status, _, told = await answer(spoken.port, asked("/echo?a=b", b"x" * 200_000))
    assert (status, told[:10], len(told)) == (200, b"POST a=b x", 200_009)


async def test_a_body_in_chunks(spoken: Running) -> None:
    head = b"POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
    _, _, told = await answer(spoken.port, head + b"1\r\na\r\n" * 500 + b"0\r\n\r\n")
    assert told == b"POST  " + b"a" * 500


async def test_a_stream_is_chunked_and_an_empty_part_is_not_its_end(spoken: Running) -> None:
    status, headers, body = await answer(spoken.port, asked("/stream"))
    assert (status, headers["transfer-encoding"], body) == (200, "chunked", b"onetwo")


async def test_head_is_answered_without_a_body(spoken: Running) -> None:
    reader, writer = await connect(spoken.port)
    writer.write(asked("/echo", method="HEAD") + asked("/stream", method="HEAD") + asked("/echo", b"!"))
    heads = [await reader.readuntil(b"\r\n\r\n") for _ in range(2)]
    assert [b"content-length: 6" in heads[0], b"chunked" in heads[1]] == [True, False]
    assert (await read_answer(reader))[2] == b"POST  !", "nothing stands between the heads"
    writer.close()


async def test_an_application_may_wait_for_a_body_that_waits_for_it(spoken: Running) -> None:
    reader, writer = await connect(spoken.port)
    writer.write(b"POST /echo HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 1\r\n\r\n")
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(b"!")
    assert (await read_answer(reader))[2] == b"POST  !"
    writer.close()


async def test_no_header_of_an_answer_adds_a_line(spoken: Running) -> None:
    status, headers, body = await answer(spoken.port, asked("/split"))
    assert (status, body) == (500, b"Internal Server Error")
    assert "x-evil" not in headers


async def test_headers_beyond_ascii_pass(spoken: Running) -> None:
    reader, writer = await connect(spoken.port)
    writer.write(asked("/latin"))
    assert b"\r\nx-note: gr\xfc\xdfe\t\xa0!\r\n" in await reader.readuntil(b"\r\n\r\n")
    writer.close()


@pytest.mark.parametrize("path", ["/short", "/long", "/broken", "/mute", "/body_first"])
async def test_an_application_that_breaks_before_its_answer(spoken: Running, path: str) -> None:
    reader, writer = await connect(spoken.port)
    writer.write(asked(path))
    told = await reader.read()
    head, _, body = told.partition(b"\r\n\r\n")
    assert (head[:13], body) == (b"HTTP/1.1 500 ", b"Internal Server Error")
    assert b"connection: close" in head
    writer.close()


async def test_an_application_that_breaks_within_its_answer(spoken: Running) -> None:
    reader, writer = await connect(spoken.port)
    writer.write(asked("/cut"))
    told = await reader.read()
    assert told.endswith(b"4\r\nhalf\r\n"), "the end of the chunks is missing, so that the caller knows"
    writer.close()


async def test_an_answer_may_end_the_connection(spoken: Running) -> None:
    reader, writer = await connect(spoken.port)
    writer.write(asked("/final"))
    assert (await reader.read()).count(b"connection: close") == 1
    writer.close()


async def test_a_silent_connection_is_closed_and_a_busy_one_is_not(spoken: Running) -> None:
    loop = asyncio.get_running_loop()
    reader, writer = await connect(spoken.port)
    for path in ("/echo", "/slow", "/echo"):
        writer.write(asked(path))
        assert (await read_answer(reader))[0] == 200
        await asyncio.sleep(0.1)
    silent_since = loop.time()
    assert await reader.read() == b""
    assert 0.05 < loop.time() - silent_since < 0.5
    writer.close()


async def test_finished_tasks_are_not_kept(spoken: Running) -> None:
    for path in ("/echo", "/broken", "/stream"):
        await answer(spoken.port, asked(path))
    assert not spoken.server.server_state.tasks


async def test_resources_are_given_back_last_first_whatever_fails() -> None:
    given: list[str] = []
    resources = Resources()

    async def later(name: str) -> None:
        given.append(name)

    def fail() -> None:
        raise ValueError("first")

    resources.callback(given.append, "taken first")
    resources.push_async_callback(later, "taken second")
    resources.callback(fail)
    with pytest.raises(ValueError, match="first"):
        await resources.aclose()
    await resources.aclose()
    assert given == ["taken second", "taken first"]


class Line(asyncio.Transport):
    """The transport of a connection that notes each piece that is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.pieces.append(bytes(data))

    def is_closing(self) -> bool:
        return False

    def close(self) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


async def spoken_to(speaker: Speaker, path: str) -> Line:
    made = server(speaker)
    made.config.load()
    line = Line()
    connection: Any = made.config.http_protocol_class(made.config, made.server_state, {})  # type: ignore[operator]
    connection.connection_made(line)
    connection.data_received(asked(path))
    await asyncio.sleep(0.01)
    return line


async def test_what_is_sent_without_a_pause_is_one_piece() -> None:
    [piece] = (await spoken_to(Speaker(), "/stream")).pieces
    assert piece.startswith(b"HTTP/1.1 200 OK\r\n")
    assert piece.endswith(b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")


class Pausing(Speaker):
    """Pauses after the head, and after each part of its answer."""

    def __init__(self) -> None:
        self.goes_on = asyncio.Event()

    async def pausing(self, _scope: Any, _receive: Any, send: Send) -> None:
        await start(send)
        for text in (b"one", b"two"):
            await self.goes_on.wait()
            self.goes_on.clear()
            await part(send, text, more=True)
        await part(send, b"")


async def test_what_was_sent_before_a_pause_does_not_wait_for_its_end() -> None:
    speaker = Pausing()
    line = await spoken_to(speaker, "/pausing")
    assert [piece[:15] for piece in line.pieces] == [b"HTTP/1.1 200 OK"]
    speaker.goes_on.set()
    await asyncio.sleep(0.01)
    assert line.pieces[1:] == [b"3\r\none\r\n"]


class Endless(Speaker):
    """Sends much without a pause."""

    async def endless(self, _scope: Any, _receive: Any, send: Send) -> None:
        await start(send)
        for _ in range(100):
            await part(send, b"x" * 10_000, more=True)
        await part(send, b"")


async def test_what_is_collected_is_bounded() -> None:
    line = await spoken_to(Endless(), "/endless")
    assert max(map(len, line.pieces)) < 100_000
    assert sum(piece.count(b"x" * 10_000) for piece in line.pieces) == 100
