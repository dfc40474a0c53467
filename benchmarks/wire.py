"""What the event loop pays for HTTP itself: the server's protocol with an empty application, and the upstream's client.

python benchmarks/wire.py front upstream through
python benchmarks/wire.py front --stream --profile

`through` is both with nothing between them but the passage of streams: what an event costs from connection to connection.

Connections are in memory: bytes of a request go in, bytes of its answer come out, and no system call is counted.
`--stream` sends and receives an answer of 52 events one by one. The best of several rounds, CPU of this thread.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import gc
import json
import pstats
import time
from collections.abc import Awaitable, Callable
from typing import Any

import uvloop

from colonnade.gateway.call import Call, Reply
from colonnade.gateway.respond import respond
from colonnade.gateway.server import server
from colonnade.gateway.streams import Passage
from colonnade.gateway.upstream.connection import Connection
from colonnade.gateway.upstream.due import Due
from colonnade.gateway.upstream.interface import Ask
from colonnade.gateway.upstream.openai_compatible import OpenAICompatible
from colonnade.gateway.upstream.pool import Pool
from colonnade.workload.sections.serving import Upstream

CALLS = 400
AT_ONCE = 16
EVENTS = 52
EVENT = b'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"word "}}]}\n\n'
WHOLE = json.dumps({
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "mock-model",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Keep it. " * 50}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 500, "completion_tokens": 100, "total_tokens": 600},
}).encode()  # fmt: skip
BODY = json.dumps(
    {"model": "mock-model", "messages": [{"role": "user", "content": "How is it? " * 180}]}
).encode()
REQUEST = (
    b"POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\nuser-agent: wire/1\r\naccept: */*\r\n"
    b"authorization: Bearer ck-0123456789abcdef-0123456789abcdef\r\ncontent-type: application/json\r\n"
    b"content-length: %d\r\n\r\n" % len(BODY)
) + BODY
TOLD = [
    (b"x-request-id", b"req-0123456789ab-1f"), (b"x-colonnade-revision", b"0123456789ab"),
    (b"x-colonnade-release", b"0123456789ab"), (b"x-colonnade-output-cap", b"512"), (b"x-colonnade-attempts", b"1"),
    (b"x-ai-generated", b"true"), (b"x-colonnade-cost-usd", b"0.000090"), (b"x-colonnade-carbon-g", b"0.001-0.004"),
    (b"x-colonnade-model", b"mock-model"),
]  # fmt: skip
"""Headers as the gateway's answers have them."""
_HEAD = b"HTTP/1.1 200 OK\r\ndate: Mon, 23 Nov 2026 06:00:00 GMT\r\nserver: peer\r\nx-request-id: 1\r\n"
ANSWER = _HEAD + b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(WHOLE) + WHOLE
STREAM = _HEAD + b"content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
LAST = [EVENT.replace(b'{"content":"word "}', b'{},"finish_reason":"stop"'), b"data: [DONE]\n\n"]
PARTS = [b"%x\r\n%b\r\n" % (len(event), event) for event in [*[EVENT] * (EVENTS - 2), *LAST]] + [b"0\r\n\r\n"]

Work = Callable[[int], Awaitable[None]]
"""Does so many requests."""


class Wire(asyncio.Transport):
    """A connection in memory that keeps nothing but the number of bytes written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = 0

    def write(self, data: Any) -> None:
        self.written += len(data)

    def writelines(self, parts: Any) -> None:
        self.written += sum(map(len, parts))

    def is_closing(self) -> bool:
        return False

    def close(self) -> None: ...

    abort = pause_reading = resume_reading = close


class Peer(Wire):
    """A connection in memory whose other end answers each request at once, each event in a turn of the loop of its own."""

    def __init__(self, protocol: asyncio.Protocol, *, stream: bool) -> None:
        super().__init__()
        self._answers = [STREAM, *PARTS] if stream else [ANSWER]
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()

    def write(self, data: Any) -> None:
        super().write(data)
        self._loop.call_soon(self._say, 0)

    def _say(self, number: int) -> None:
        self._protocol.data_received(self._answers[number])
        if number + 1 < len(self._answers):
            self._loop.call_soon(self._say, number + 1)


class PoolInMemory(Pool):
    """Connections to nowhere."""

    stream = False

    async def _connect(self, due: Due) -> Connection:  # noqa: ARG002 - as of the pool
        connection = Connection(self._freed, self._lost)
        connection.connection_made(Peer(connection, stream=self.stream))
        return connection


class Application:
    """Reads a request and answers it; knows nothing else."""

    failure = None

    def __init__(self, *, stream: bool) -> None:
        self._stream = stream
        self.answered = 0

    def drain(self) -> None: ...

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002 - ASGI
        message = await receive()
        while message.get("more_body"):
            message = await receive()
        await self._answer(send)
        self.answered += 1

    async def _answer(self, send: Any) -> None:
        if self._stream:
            await send({"type": "http.response.start", "status": 200, "headers": TOLD})
            for _ in range(EVENTS):
                await send({"type": "http.response.body", "body": EVENT, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        else:
            await respond(send, 200, WHOLE, TOLD)


class Passing(Application):
    """Asks an upstream for each answer, and passes on what it says."""

    def __init__(self, *, stream: bool) -> None:
        super().__init__(stream=stream)
        self._client = client(stream=stream)

    async def _answer(self, send: Any) -> None:
        answer = await self._client.ask(ask(stream=self._stream))
        if answer.chunks is None:
            await respond(send, 200, answer.body, TOLD)
            return
        await send({"type": "http.response.start", "status": 200, "headers": TOLD})
        call = Call(
            id="req-1", endpoint="chat", received_at=0.0, started=0.0, authorization=None, headers={}, body=b"", stream=True
        )  # fmt: skip
        await Passage(call, Reply(), send).run(answer.chunks)


def front(*, stream: bool) -> Work:
    """Requests by way of the protocol that serves, `AT_ONCE` connections at a time."""
    return served(Application(stream=stream))


def through(*, stream: bool) -> Work:
    """Requests by way of both, the upstream's events as they come."""
    return served(Passing(stream=stream))


def served(application: Application) -> Work:
    """Requests to an application."""
    made = server(application)
    config, state, wires = made.config, made.server_state, [Wire() for _ in range(AT_ONCE)]
    config.load()
    state.default_headers = [(b"date", b"Mon, 23 Nov 2026 06:00:00 GMT")]
    protocols: list[Any] = [config.http_protocol_class(config, state, {}) for _ in wires]
    for protocol, wire in zip(protocols, wires, strict=True):
        protocol.connection_made(wire)

    async def work(calls: int) -> None:
        for _ in range(calls // AT_ONCE):
            until = application.answered + AT_ONCE
            for protocol in protocols:
                protocol.data_received(REQUEST)
            while application.answered < until:  # noqa: ASYNC110 - an event would be part of what is measured
                await asyncio.sleep(0)

    return work


def client(*, stream: bool) -> OpenAICompatible:
    """The client of an upstream in memory."""
    declared = Upstream.model_validate({"kind": "openai_compatible", "base_url": "http://127.0.0.1:1/v1"})
    made = OpenAICompatible("measured", declared, "secret")
    made.client.pool = PoolInMemory("127.0.0.1", 1, tls=None, size=AT_ONCE)
    made.client.pool.stream = stream
    return made


def ask(*, stream: bool) -> Ask:
    """What it is asked."""
    until = asyncio.get_running_loop().time() + 60.0
    return Ask("/chat/completions", BODY, stream, until, "req-0123456789ab-1f")


def upstream(*, stream: bool) -> Work:
    """Requests by way of the client, `AT_ONCE` connections at a time."""
    asked = client(stream=stream)

    async def one() -> None:
        answer = await asked.ask(ask(stream=stream))
        if answer.chunks is not None:
            async for _ in answer.chunks:
                pass
            await answer.close()

    async def work(calls: int) -> None:
        for _ in range(calls // AT_ONCE):
            await asyncio.gather(*(one() for _ in range(AT_ONCE)))

    return work


PARTIES = {"front": front, "upstream": upstream, "through": through}


async def measure(party: str, rounds: int, *, stream: bool, profile: bool) -> float:
    """Microseconds a request, in the best round."""
    work = PARTIES[party](stream=stream)
    await work(CALLS)
    gc.collect()
    gc.freeze()
    found = []
    for _ in range(rounds):
        began = time.thread_time()
        await work(CALLS)
        found.append((time.thread_time() - began) / CALLS * 1e6)
    if profile:
        with cProfile.Profile() as taken:
            await work(4 * CALLS)
        pstats.Stats(taken).sort_stats("tottime").print_stats(35)
    return min(found)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument(
        "parties", nargs="*", default=list(PARTIES), help="front, upstream, through (default: all)"
    )
    options.add_argument("--stream", action="store_true", help="answers of 52 events, one by one")
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument(
        "--profile", action="store_true", help="also where the time goes, with cProfile's own cost"
    )
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    for party in given.parties:
        found = uvloop.run(measure(party, given.rounds, stream=given.stream, profile=given.profile))
        kind = "stream" if given.stream else "request"
        if given.json:
            print(json.dumps({"party": party, "kind": kind, "loop_us": round(found, 1)}))
        else:
            print(f"{party}: {found:.1f} microseconds a {kind}")


if __name__ == "__main__":
    main()
