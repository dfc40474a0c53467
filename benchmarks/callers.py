"""Callers ask in a closed loop: the next request as soon as the last is answered, each on one connection."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from planted import Served

SENTENCE = "The parcel left the depot on Monday and sat in the sorting centre until Friday; what do I tell the customer? "
_END_OF_STREAM = b"data: [DONE]\n\n\r\n0\r\n\r\n"
_numbers = count(1)


@dataclass
class Count:
    """What the callers saw."""

    answered: int = 0
    errors: list[str] = field(default_factory=list)


def question(*, stream: bool) -> bytes:
    """A body of about 2 KB; no two are the same."""
    messages = [
        {
            "role": "system",
            "content": "Summarise the ticket in three sentences and keep every order number. " * 3,
        },
        {"role": "user", "content": SENTENCE * 14 + f"Order {next(_numbers)}, please hurry."},
    ]
    body = {"model": "mock-model", "messages": messages, "max_tokens": 256, "temperature": 0.2}
    return json.dumps({**body, "stream": stream}).encode()


async def ask(served: Served, requests: Iterator[bool], counted: Count) -> None:
    """One caller: a request for each item, streamed if it is true, until there is none left."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port, limit=1 << 20)
    for stream in requests:
        body = question(stream=stream)
        head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {served.key}\r\n"
        writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        answer = await _answer(reader)
        good = answer.startswith(b"HTTP/1.1 200") and (not stream or answer.endswith(_END_OF_STREAM))
        counted.answered += good
        if not good:
            counted.errors.append(answer[-300:].decode(errors="replace"))
    writer.close()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), None)
    if length is None:
        return head + await reader.readuntil(b"\r\n0\r\n\r\n")
    return head + await reader.readexactly(int(length.split(b":")[1]))


async def ask_all(served: Served, requests: int, *, parallel: int, stream: bool) -> tuple[Count, float]:
    """So many requests, `parallel` at a time; what came of them, and the seconds it took."""
    counted, left = Count(), iter([stream] * requests)
    began = time.perf_counter()
    await asyncio.gather(*(ask(served, left, counted) for _ in range(parallel)))
    return counted, time.perf_counter() - began
