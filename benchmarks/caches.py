"""CPU of the caches for each call, and of looking for similar questions among some thousands.

python benchmarks/caches.py [CALLS]
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from itertools import count

import msgspec
from rich.console import Console
from rich.table import Table

from colonnade.gateway.call import Call, Identity, Reply, Usage
from colonnade.gateway.streams import close_whole
from colonnade.performance.answers import Answers
from colonnade.performance.cache import ExactCache
from colonnade.performance.similar.shelf import Shelf
from colonnade.workload.sections.serving import Modalities, ModelBinding, Route

ROUNDS = 7
DIMENSIONS = 384
SIZES = (1_000, 10_000)
SYSTEM = "You answer questions about the library of tools, in at most three sentences. " * 4
QUESTION = "May I keep the saw for another week, and what does it cost when I bring it back late? " * 20
ANSWER = msgspec.json.encode({
    "model": "m",
    "choices": [{
        "index": 0,
        "message": {"role": "assistant", "content": "Yes. " * 120},
        "finish_reason": "stop",
    }],
    "usage": {"prompt_tokens": 500, "completion_tokens": 120, "total_tokens": 620},
})  # fmt: skip
BINDING = ModelBinding(
    upstream="u", model="m", modalities=Modalities(input=["text"], output=["text"]), reason="r", owner="o"
)
IDENTITY = Identity("key", "caller", {"team": "bench"})

Question = Callable[[], str]


async def answered(call: Call) -> Reply:
    """What stands for the upstream: it answers at once."""
    call.attempts += 1
    return Reply(
        body=ANSWER, usage=Usage(500, output=120, reported=True), text="Yes.", finish="stop", understood=True
    )


def call_of(route: Route, question: str) -> Call:
    """A chat with about two kilobytes, as the stages before leave it."""
    loop = asyncio.get_running_loop()
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}]
    request = {"model": "answer", "messages": messages, "temperature": 0, "max_tokens": 256}
    return Call(
        id="req-1", endpoint="chat", received_at=0.0, started=loop.time(), authorization=None, headers={}, body=b"",
        request=request, identity=IDENTITY, route_name="answer", route=route, binding_name="m", binding=BINDING,
        now=loop.time, deadline=loop.time() + 60.0, resources=AsyncExitStack(), prompt_version="sha256:" + "1" * 64,
    )  # fmt: skip


async def measure(stage: ExactCache | None, route: Route, question: Question, calls: int) -> float:
    """Microseconds of CPU a call, closed; the best of some rounds, since other work only ever adds."""
    return min([await _round(stage, route, question, calls) for _ in range(ROUNDS)])


async def _round(stage: ExactCache | None, route: Route, question: Question, calls: int) -> float:
    made = [call_of(route, question()) for _ in range(calls)]
    began = time.process_time()
    for call in made:
        reply = await (answered(call) if stage is None else stage(call, answered))
        await close_whole(call, reply)
        await call.resources.aclose()
    return (time.process_time() - began) / calls * 1e6


async def crowd(route: Route, calls: int, at_once: int = 50) -> float:
    """Microseconds a call where 50 identical ones come together."""
    stage, numbers, best = _stage(), count(), float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(max(1, calls // at_once)):
            question = f"{next(numbers)} {QUESTION}"
            await asyncio.gather(*(_told(stage, call_of(route, question)) for _ in range(at_once)))
        best = min(best, (time.process_time() - began) / (max(1, calls // at_once) * at_once) * 1e6)
    return best


async def _told(stage: ExactCache, call: Call) -> None:
    async def slowly(asked: Call) -> Reply:
        await asyncio.sleep(0)
        return await answered(asked)

    reply = await stage(call, slowly)
    await close_whole(call, reply)
    await call.resources.aclose()


def _stage() -> ExactCache:
    return ExactCache(Answers(time.monotonic), lambda: "sha256:" + "2" * 64, {"answer": b"r" * 32})


async def exact(calls: int) -> list[tuple[str, float]]:
    """Each verdict, and what it takes; the call itself and its closing are in all of them."""
    off, on, numbers = Route(model="m"), Route(model="m", cache="exact"), count()
    return [
        ("no cache stage", await measure(None, off, lambda: QUESTION, calls)),
        ("off", await measure(_stage(), off, lambda: QUESTION, calls)),
        ("hit", await measure(_stage(), on, lambda: QUESTION, calls)),
        ("miss, stored", await measure(_stage(), on, lambda: f"{next(numbers)} {QUESTION}", calls)),
        ("shared, 50 at once", await crowd(on, calls)),
    ]


def nearest(size: int) -> float:
    """Microseconds to look at all vectors of a shelf."""
    draw = random.Random(1)
    shelf, vector = Shelf(DIMENSIONS, size), [draw.gauss(0, 1) for _ in range(DIMENSIONS)]
    for number in range(size):
        shelf.put([draw.gauss(0, 1) for _ in range(DIMENSIONS)], b"%d" % number, QUESTION[:80])
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(20):
            shelf.near(vector, 1e9)
        best = min(best, (time.perf_counter() - began) / 20 * 1e6)
    return best


def table(found: list[tuple[str, float]], looked: list[tuple[int, float]]) -> Table:
    """The figures, drawn."""
    drawn = Table("what", "µs", "beside no cache", title="Caches: request of 2 KB, answer of 0.8 KB")
    bare = found[0][1]
    for what, cost in found:
        drawn.add_row(what, f"{cost:.1f}", f"{cost / bare:.1f}x, {cost - bare:+.1f} µs")
    for size, cost in looked:
        drawn.add_row(f"nearest of {size:,} questions, off the loop", f"{cost:.0f}", "")
    return drawn


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("calls", type=int, nargs="?", default=5_000)
    found = asyncio.run(exact(options.parse_args().calls))
    Console().print(table(found, [(size, nearest(size)) for size in SIZES]))


if __name__ == "__main__":
    main()
