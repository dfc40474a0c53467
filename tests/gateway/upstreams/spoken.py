"""A place that answers every request with the same bytes, for what no simulator says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from colonnade.gateway.upstream.interface import Answer, Ask


@asynccontextmanager
async def speaking(*parts: bytes, pause_s: float = 0.0, stay: bool = False) -> AsyncIterator[Place]:
    """Answer with the parts, one after the other; close the connection afterwards unless it is to `stay` open."""
    place = Place(parts, pause_s, stay=stay)
    server = await asyncio.start_server(place.serve, "127.0.0.1", 0)
    place.port = server.sockets[0].getsockname()[1]
    try:
        yield place
    finally:
        server.close()
        for writer in place.writers:
            writer.close()


class Place:
    """What was asked there, and how many connections were broken off from the other side."""

    def __init__(self, parts: tuple[bytes, ...], pause_s: float, *, stay: bool) -> None:
        self.parts = parts
        self.pause_s = pause_s
        self.stay = stay
        self.port = 0
        self.asked: list[bytes] = []
        self.left = asyncio.Event()
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        try:
            while True:
                self.asked.append(await read_request(reader))
                for part in self.parts:
                    writer.write(part)
                    await writer.drain()
                    await asyncio.sleep(self.pause_s)
                if not self.stay:
                    writer.close()
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            self.left.set()


def head(kind: str = "text/event-stream", status: str = "200 OK", further: str = "") -> bytes:
    """The head of an answer that ends with the connection."""
    return f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\n{further}\r\n".encode()


def asking(
    request: dict[str, Any], *, stream: bool = True, within_s: float = 5.0, begin_s: float = 0.0
) -> Ask:
    """The ask for a chat request."""
    now = asyncio.get_running_loop().time()
    return Ask(
        "/chat/completions",
        b"",
        stream,
        now + within_s,
        "req-1",
        first_byte_by=now + begin_s if begin_s else 0.0,
        request=request,
    )


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """One request, head and body."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return head + await reader.readexactly(length)


async def told(answer: Answer) -> bytes:
    """Every chunk of a streamed answer."""
    assert answer.chunks is not None
    try:
        return b"".join([chunk async for chunk in answer.chunks])
    finally:
        await answer.close()
