"""HTTP by hand, for what no client library does: half requests, early departures, exact bytes."""

from __future__ import annotations

import asyncio
import json
from typing import Any


def request(body: Any, *, path: str = "/v1/chat/completions", method: str = "POST", **headers: str) -> bytes:
    """A request as bytes; `body` is encoded unless it is bytes."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return (
        f"{method} {path} HTTP/1.1\r\nhost: x\r\n{named}content-length: {len(data)}\r\n\r\n".encode() + data
    )


async def connect(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", port)


async def answer(port: int, data: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send the bytes, and read one whole answer of known or chunked length."""
    reader, writer = await connect(port)
    writer.write(data)
    try:
        return await read_answer(reader)
    finally:
        writer.close()


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {line.split(": ")[0].lower(): line.split(": ", 1)[1] for line in head[1:] if line}
    if "content-length" in headers:
        body = await reader.readexactly(int(headers["content-length"]))
    else:
        body = b"".join([part async for part in _chunks(reader)])
    return int(head[0].split()[1]), headers, body


async def _chunks(reader: asyncio.StreamReader) -> Any:
    while size := int(await reader.readuntil(b"\r\n"), 16):
        yield (await reader.readexactly(size + 2))[:-2]
    await reader.readexactly(2)


async def until(condition: Any, *, within_s: float = 2.0) -> float:
    """Seconds until the condition holds."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while not condition():
        assert loop.time() - began < within_s, "it did not come true in time"
        await asyncio.sleep(0.002)
    return loop.time() - began
