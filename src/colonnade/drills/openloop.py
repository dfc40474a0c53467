"""Calls begin when they are due, whether or not earlier ones were answered, as people and programs do; nothing waits for anything."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

Result = TypeVar("Result")


def poisson(per_s: float, seconds: float, draw: random.Random) -> Iterator[float]:
    """Moments from 0 to `seconds` of arrivals that know nothing of each other."""
    return _arrivals(seconds, lambda: draw.expovariate(per_s))


def bursts(per_s: float, seconds: float, burstiness: float, draw: random.Random) -> Iterator[float]:
    """Moments of arrivals that come in bursts: gaps are gamma-distributed with squared variation `burstiness`.

    Over long stretches the variance of counts over their mean is `burstiness`; 1 is `poisson`.
    """
    return _arrivals(seconds, lambda: draw.gammavariate(1.0 / burstiness, burstiness / per_s))


def evenly(per_s: float, seconds: float) -> Iterator[float]:
    """Moments at even distances."""
    return (number / per_s for number in range(int(per_s * seconds)))


def _arrivals(seconds: float, gap: Callable[[], float]) -> Iterator[float]:
    at = gap()
    while at < seconds:
        yield at
        at += gap()


async def open_loop(
    moments: Sequence[float], call: Callable[[int, float], Awaitable[Result]], begin: float | None = None
) -> list[Result]:
    """Call at each moment after `begin` (loop time; now if not given) and gather what came, in the order of the moments.

    `call` is given the number of the call and the loop time at which it was due. A cancelled loop cancels its calls.
    """
    loop = asyncio.get_running_loop()
    began = loop.time() if begin is None else begin
    tasks: list[asyncio.Future[Result]] = []
    try:
        for number, moment in enumerate(moments):
            due = began + moment
            wait_s = due - loop.time()
            if wait_s > 0.0:
                await asyncio.sleep(wait_s)
            tasks.append(asyncio.ensure_future(call(number, due)))
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
