"""A caller who does not read makes the upstream wait: what a stream holds in memory is bounded, and nobody else is blamed."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hearing import DIALECTS
from raw import request

STREAMS = 24
BOUND_KIB = 1024
"""What the page promises for one stream whose caller does not read."""
_EVENT = b'data: {"id":"c","model":"simulated-1","choices":[{"index":0,"delta":{"content":" word"},"finish_reason":null}]}\n\n'
_BLOCK = _EVENT * (32 * 1024 // len(_EVENT))
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"


class Fountain:
    """An upstream that says more and more, as fast as it is taken."""

    def __init__(self) -> None:
        self.said = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            writer.write(_HEAD)
            while True:
                writer.write(_BLOCK)
                await writer.drain()
                self.said += len(_BLOCK)
        except ConnectionError:
            return


@asynccontextmanager
async def fountain() -> AsyncIterator[Fountain]:
    made = Fountain()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


@asynccontextmanager
async def gateway(upstream: int) -> AsyncIterator[tuple[int, int]]:
    """The process and the port of a gateway before the upstream."""
    command = [sys.executable, str(Path(__file__).with_name("lone_gateway.py")), str(upstream)]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    yield process.pid, int(await process.stdout.readline())
    process.terminate()
    await process.wait()


def resident_kib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024


def ask(port: int, dialect: str) -> socket.socket:
    """A caller with a small window, who asks and then does not read."""
    caller = socket.socket()
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    caller.connect(("127.0.0.1", port))
    spoken = DIALECTS[dialect]
    caller.sendall(request(spoken.request("assistant", "streamed", tool=False), path=spoken.path))
    return caller


async def settled(source: Fountain) -> None:
    """Return when the upstream has been waiting for a while."""
    said = -1
    while said != source.said or said == 0:
        said = source.said
        await asyncio.sleep(0.4)


async def _measure(dialect: str) -> float:
    async with fountain() as source, gateway(source.port) as (pid, port):
        warm = [ask(port, dialect) for _ in range(4)]
        await settled(source)
        before = resident_kib(pid)
        callers = [ask(port, dialect) for _ in range(STREAMS)]
        await settled(source)
        grown = resident_kib(pid) - before
        for caller in warm + callers:
            caller.close()
        return grown / STREAMS


@pytest.mark.slow
@pytest.mark.parametrize("dialect", ["chat", "messages"])
def test_what_a_stream_holds_is_bounded(dialect: str) -> None:
    held = asyncio.run(_measure(dialect))
    assert held < BOUND_KIB


@pytest.mark.slow
def test_a_slow_caller_is_not_the_fault_of_the_upstream() -> None:
    async def heard() -> bytes:
        async with fountain() as source, gateway(source.port) as (_, port):
            caller = ask(port, "chat")
            await settled(source)
            await asyncio.sleep(1.5)  # longer than the route's `idle_s`
            parts = list(_taken(caller, 1 << 20))
            caller.close()
            return b"".join(parts)

    said = asyncio.run(heard())
    assert len(said) >= 1 << 20
    assert b"upstream_stalled" not in said


def _taken(caller: socket.socket, most: int) -> Iterator[bytes]:
    size = 0
    while size < most:
        part = caller.recv(1 << 16)
        size += len(part)
        yield part
