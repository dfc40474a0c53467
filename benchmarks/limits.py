"""What counting costs a call: `python benchmarks/limits.py`."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from colonnade.cost.budgets.bound import Bounds
from colonnade.cost.budgets.governor import Governor, Promise
from colonnade.cost.budgets.spending import Spend
from colonnade.cost.counting.counters import Counters
from colonnade.cost.counting.host import OneHost
from colonnade.cost.counting.span import Sliding
from colonnade.cost.limits.limiting import Limiting
from colonnade.cost.limits.plans import Plans
from colonnade.cost.metering import Meter
from colonnade.cost.prices import PriceBook
from colonnade.gateway.call import Call, Identity, Reply, Usage
from colonnade.workload import load
from colonnade.workload.sections.promises import Limit

MINIMAL = Path(__file__).parents[1] / "tests" / "fixtures" / "workloads" / "minimal"
PLENTY = 10**12
IDENTITY = Identity("key-1", "caller", {"team": "library"})


async def best(step: Callable[[], Awaitable[object]], count: int, rounds: int) -> float:
    """Microseconds of CPU a step, in the best of some rounds: other work on the machine only ever adds."""
    found = []
    for _ in range(rounds):
        began = time.process_time()
        for _ in range(count):
            await step()
        found.append((time.process_time() - began) / count * 1e6)
    return min(found)


async def counting(folder: Path, count: int, rounds: int) -> dict[str, float]:
    """One limit: from a lease, with the leases of a limit of so many a minute, and refused."""
    sources = [OneHost(folder / "counts") for _ in range(2)]  # two workers: leases are half as long
    for source in sources:
        await source.tend()
    counters = Counters(sources[0])

    def reserving(cap: int) -> Callable[[], Awaitable[object]]:
        counter = counters.counter(f"cap {cap}", Sliding(60.0), cap)

        async def step() -> object:
            now = time.monotonic()
            return counter.hold(1, now) or await counter.reserve(1, now)

        return step

    rows = {
        "one limit, from the lease": await best(reserving(PLENTY), count, rounds),
        "one limit, 1,000,000 a minute among 2 workers": await best(reserving(1_000_000), count, rounds),
        "one limit, refused": await best(reserving(1), count, rounds),
    }
    for source in sources:
        await source.close()
    return rows


async def stages(folder: Path, count: int, rounds: int) -> dict[str, float]:
    """The stages on a call of 2 KB, over a stage that answers at once."""
    specification = load(MINIMAL).specification
    prices = PriceBook.of(specification)
    counters = Counters(OneHost(folder / "stages"))
    request = {"model": "answer", "messages": [{"role": "user", "content": "When do you open? " * 110}]}

    async def answered(call: Call) -> Reply:
        call.attempts = 1
        return Reply(text="At ten.", usage=Usage(fresh_input=500, output=2, reported=True))

    def through(stage: Limiting | Spend | None) -> Callable[[], Awaitable[object]]:
        async def step() -> object:
            async with AsyncExitStack() as resources:
                call = Call(
                    id="req-1", endpoint="chat", received_at=time.time(), started=0.0, authorization=None, headers={},
                    body=b"", request=request, route_name="answer", route=specification.routes["answer"],
                    binding_name="small", identity=IDENTITY, resources=resources,
                )  # fmt: skip
                reply = await (stage(call, answered) if stage is not None else answered(call))
                for callback in reply.closing:
                    await callback(reply)
                return reply

        return step

    def limiting(*limits: dict[str, object]) -> Limiting:
        return Limiting(Plans([Limit(**limit) for limit in limits], {}, counters), Bounds(prices), {})  # type: ignore[arg-type]

    promise = Promise({"day": 1e6, "month": 1e6}, (0.5, 0.8), ())
    governor = Governor(promise, counters, [].append)
    bare = await best(through(None), count, rounds)
    variants = {
        "stage limit: 1 limit of requests": limiting({"per": "key", "requests": PLENTY}),
        "stage limit: 4 limits of requests": limiting(
            *({"per": per, "requests": PLENTY} for per in ("workload", "key", "team", "route"))
        ),
        "stage limit: requests, tokens and calls at once": limiting(
            {"per": "key", "requests": PLENTY, "tokens": PLENTY, "concurrent": PLENTY}
        ),
        "stage budget: a day and a month": Spend(governor, Bounds(prices), Meter(prices)),
    }
    rows = {name: await best(through(stage), count, rounds) - bare for name, stage in variants.items()}
    await counters.close()
    return rows


async def measure(count: int, rounds: int) -> dict[str, float]:
    with TemporaryDirectory() as folder:
        place = Path(folder)
        return {**await counting(place, count, rounds), **await stages(place, count // 5, rounds)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    for name, microseconds in asyncio.run(measure(asked.calls, asked.rounds)).items():
        print(f"{name:<52} {microseconds:6.2f} us")


if __name__ == "__main__":
    main()
