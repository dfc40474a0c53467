"""What a server says to bytes that no client library would send, until it closes or falls silent."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from typing import Any

from raw import connect


@dataclass(frozen=True)
class Said:
    """Everything that came back; `closed` is whether the server ended the connection."""

    raw: bytes
    closed: bool

    @property
    def statuses(self) -> list[int]:
        return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", self.raw)]

    @property
    def code(self) -> str | None:
        """Of the error in the last answer."""
        body: Any = json.loads(self.raw.rpartition(b"\r\n\r\n")[2])
        assert set(body["error"]) == {"message", "type", "param", "code"}
        return str(body["error"]["code"])


async def say(
    port: int, *pieces: bytes, pause_s: float = 0.0, silence_s: float = 3.0, until: bytes = b""
) -> Said:
    """Send the pieces; listen until the server closes, has said `until`, or says nothing for `silence_s`."""
    reader, writer = await connect(port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause_s)
    except ConnectionError:  # it closed while we spoke: what it said before may still be read
        pass
    raw, closed = await _rest(reader, silence_s, until)
    writer.close()
    return Said(raw, closed)


async def _rest(reader: asyncio.StreamReader, silence_s: float, until: bytes) -> tuple[bytes, bool]:
    raw = b""
    try:
        while part := await asyncio.wait_for(reader.read(1 << 16), silence_s):
            raw += part
            if until and until in raw:
                return raw, False
    except TimeoutError:
        return raw, False
    except ConnectionResetError:
        pass
    return raw, True
