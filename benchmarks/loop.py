"""What the event loop pays for one request through all stages, without HTTP on either side.

python benchmarks/loop.py --without journal,footprint
python benchmarks/loop.py --profile
python benchmarks/loop.py --stream 1
python benchmarks/loop.py --stream 52

`--stream` asks for an answer of 52 events, which the upstream sends in so many parts: 1 is a burst, 52 one event each.

The gateway is the real one, with its keeper's spool, but an upstream in this process answers at once and the request is
handed over in memory. So the figure holds still on a busy machine: the best of several rounds, CPU of this thread.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import gc
import json
import pstats
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import Any

import uvloop

from colonnade.assembly.serving import Serving
from colonnade.assembly.starting import prepare
from colonnade.assembly.worker import Worker
from colonnade.gateway.upstream.interface import Answer, Ask
from colonnade.gateway.way import Way

WORKLOAD = Path(__file__).parent / "workload"
QUESTION = "How do I keep a prompt under version control, and who approves a change to it? " * 25
ANSWER = "Keep the prompt as a file, review it like code. " * 10
CALLS = 100


class Quiet:
    """Hears how far the preparation is, and says nothing."""

    def step(self, *_: Any) -> None: ...

    note = index = line = step


class Instant:
    """An upstream that answers at once."""

    name = "measured"

    def __init__(self, parts: int) -> None:
        size = -(-len(EVENTS) // max(parts, 1))
        self._parts = [b"".join(EVENTS[at : at + size]) for at in range(0, len(EVENTS), size)]

    async def ask(self, ask: Ask) -> Answer:
        if ask.stream:
            return Answer(200, chunks=self._stream(), headers={})
        return Answer(200, body=WHOLE, headers={})

    async def _stream(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            yield part

    async def ready(self) -> str | None:
        return None

    async def close(self) -> None: ...


WHOLE = json.dumps({
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "mock-model",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": ANSWER}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 500, "completion_tokens": 100, "total_tokens": 600},
}).encode()  # fmt: skip


def event(**about: Any) -> bytes:
    """One event of a stream."""
    named = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "mock-model"}
    return f"data: {json.dumps({**named, **about})}\n\n".encode()


def choice(delta: dict[str, str], finish: str | None = None) -> list[dict[str, Any]]:
    return [{"index": 0, "delta": delta, "finish_reason": finish}]


EVENTS = [
    event(choices=choice({"role": "assistant", "content": "It"})),
    *[event(choices=choice({"content": " word"}))] * 48,
    event(choices=choice({}, "stop")),
    event(choices=[], usage={"prompt_tokens": 500, "completion_tokens": 50, "total_tokens": 550}),
    b"data: [DONE]\n\n",
]  # fmt: skip


def body(*, stream: bool) -> bytes:
    """A request of about 2 KB."""
    messages = [
        {"role": "system", "content": "You answer in one sentence."}, {"role": "user", "content": QUESTION},
    ]  # fmt: skip
    asked = {"model": "mock-model", "temperature": 0.2, "messages": messages}
    return json.dumps({**asked, "stream": True} if stream else asked).encode()


def serving(folder: Path, without: Collection[str], parts: int) -> Serving:
    """The gateway without some stages, its upstream replaced."""
    made = Serving(
        folder, host="127.0.0.1", port=1, worker=Worker(keeper=True),
        pick=lambda stages: tuple(stage for stage in stages if stage.name not in without),
    )  # fmt: skip
    made.app.switch(
        Way.of(
            made.stages,
            {"measured": Instant(parts)},
            made.edition.way.models,
            kinds=made.parts.upstream_kinds,
        )
    )
    return made


class Caller:
    """Hands requests over in memory."""

    def __init__(self, app: Any, key: str, asked: bytes) -> None:
        self._app = app
        self._body = asked
        headers = [(b"host", b"x"), (b"authorization", b"Bearer " + key.encode()), (b"user-agent", b"loop/1")]
        headers += [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(asked))]
        self._scope = {
            "type": "http", "method": "POST", "path": "/v1/chat/completions", "headers": headers, "query_string": b"",
        }  # fmt: skip

    async def call(self) -> int:
        """One call; its status."""
        sent: list[Any] = []
        bodies = [self._body]

        async def receive() -> Any:
            if not bodies:
                await asyncio.get_running_loop().create_future()  # the caller stays
            return {"type": "http.request", "body": bodies.pop(), "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self._app(dict(self._scope), receive, send)
        status: int = sent[0]["status"]
        return status

    async def round(self, calls: int) -> float:
        """Microseconds a call."""
        began = time.thread_time()
        loop = asyncio.get_running_loop()
        for _ in range(calls):
            await loop.create_task(self.call())
        return (time.thread_time() - began) / calls * 1e6


async def measure(
    folder: Path, key: str, without: Collection[str], rounds: int, parts: int, *, profile: bool
) -> float:
    made = serving(folder, without, parts)
    caller = Caller(made.app, key, body(stream=parts > 0))
    status = await caller.call()
    if status != 200:
        raise SystemExit(f"the gateway answered {status}")
    await caller.round(4 * CALLS)
    gc.collect()
    gc.freeze()
    found = min([await caller.round(CALLS) for _ in range(rounds)])
    if profile:
        with cProfile.Profile() as taken:
            await caller.round(16 * CALLS)
        pstats.Stats(taken).sort_stats("tottime").print_stats(45)
    return found


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--without", default="", metavar="STAGE,STAGE", help="stages that are left out")
    options.add_argument("--rounds", type=int, default=60)
    options.add_argument("--stream", type=int, default=0, metavar="PARTS", help="a stream in so many parts")
    options.add_argument(
        "--profile", action="store_true", help="also where the time goes, with cProfile's own cost"
    )
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    without = set(filter(None, given.without.split(",")))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "workload"
        shutil.copytree(WORKLOAD, folder, ignore=shutil.ignore_patterns(".colonnade"))
        _, key = prepare(folder, Quiet())
        found = uvloop.run(measure(folder, key, without, given.rounds, given.stream, profile=given.profile))
    if given.json:
        print(json.dumps({"without": sorted(without), "parts": given.stream, "loop_us": round(found, 1)}))
    else:
        print(
            f"event loop, without {', '.join(sorted(without)) or 'nothing'}: {found:.1f} microseconds a request"
        )


if __name__ == "__main__":
    main()
