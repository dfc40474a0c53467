"""What the stage `spread` costs a call: `python benchmarks/spreading.py`."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from colonnade.gateway.call import Call, Forward, Reply
from colonnade.reliability.fleet import Fleet
from colonnade.reliability.spreading import Spread
from colonnade.workload import load
from colonnade.workload.specification import Specification

MINIMAL = Path(__file__).parents[1] / "tests" / "fixtures" / "workloads" / "minimal"


async def answered(call: Call) -> Reply:
    """What stands for the upstream: it answers at once."""
    call.attempts += 1
    return Reply(text="Open at ten.")


def call_of(specification: Specification) -> Call:
    loop = asyncio.get_running_loop()
    name, route = next(iter(specification.routes.items()))
    return Call(
        id="req-1", endpoint="chat", received_at=0.0, started=loop.time(), authorization=None, headers={}, body=b"",
        route_name=name, route=route, now=loop.time, deadline=loop.time() + 60.0,
    )  # fmt: skip


class Stopwatch:
    """Microseconds a call, in the best of some rounds: other work on the machine only ever adds."""

    def __init__(self, calls: int, rounds: int) -> None:
        self.calls, self.rounds = calls, rounds

    async def measure(self, step: Callable[[Call], Awaitable[Reply]], specification: Specification) -> float:
        return min([await _round(step, call_of(specification), self.calls) for _ in range(self.rounds)])


async def _round(step: Callable[[Call], Awaitable[Reply]], call: Call, calls: int) -> float:
    began = time.perf_counter()
    for _ in range(calls):
        call.attempts = 0
        call.reply_headers.clear()
        call.decisions.clear()
        await step(call)
    return (time.perf_counter() - began) / calls * 1e6


def through(spread: Spread, forward: Forward) -> Callable[[Call], Awaitable[Reply]]:
    return lambda call: spread(call, forward)


def with_targets(specification: Specification, count: int, strategy: str) -> Specification:
    """The same workload with further models of the same kind on every route."""
    first = next(iter(specification.models))
    models = {f"{first}{number}": specification.models[first] for number in range(1, count)}
    targets = [{"model": name, "tier": 0} for name in models]
    routes = {
        name: {**route.model_dump(), "targets": targets, "balance": {"strategy": strategy}}
        for name, route in specification.routes.items()
    }
    whole = specification.model_dump()
    declared = {name: model.model_dump() for name, model in {**specification.models, **models}.items()}
    return Specification.model_validate({**whole, "models": declared, "routes": routes})


async def report(stopwatch: Stopwatch) -> None:
    """One line a case; the stand-in's own time is taken off."""
    specification = load(MINIMAL).specification
    bare = await stopwatch.measure(answered, specification)
    print(f"the upstream's stand-in alone: {bare:.2f} µs")
    with TemporaryDirectory() as folder:
        for words, board in (("alone", None), ("one of several workers", Path(folder))):
            fleet = Fleet.of(specification, folder=board)
            cost = await stopwatch.measure(through(Spread(fleet), answered), specification) - bare
            print(f"one target, {words}: {cost:.2f} µs")
            fleet.close()
    for strategy in ("weighted", "least_outstanding", "first_byte"):
        several = with_targets(specification, 3, strategy)
        cost = await stopwatch.measure(through(Spread(Fleet.of(several)), answered), several) - bare
        print(f"three targets, {strategy}: {cost:.2f} µs")


def main() -> None:
    parser = argparse.ArgumentParser(
        description="What the stage `spread` adds to a call when all targets are well."
    )
    parser.add_argument("--calls", type=int, default=20_000, help="calls in a round")
    parser.add_argument("--rounds", type=int, default=15, help="rounds, of which the best counts")
    asked = parser.parse_args()
    asyncio.run(report(Stopwatch(asked.calls, asked.rounds)))


if __name__ == "__main__":
    main()
