"""A worker process that reserves, settles and writes down each grant, until it is told to stop or killed.

Lines: `g NUMBER BEFORE AFTER AMOUNT` (monotonic ns), `s NUMBER BEFORE AMOUNT` when it was settled.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections import deque
from pathlib import Path

from colonnade.cost.counting.counter import Hold
from colonnade.cost.counting.counters import Counters
from colonnade.cost.counting.host import OneHost
from colonnade.cost.counting.span import Sliding, Standing


async def tend(counters: Counters) -> None:
    while True:
        await asyncio.sleep(0.2)
        await counters.tend()


async def work(path: Path, kind: str, window_s: float, *, cap: int, log: Path, seed: int) -> None:
    chance = random.Random(seed)
    counters = Counters(OneHost(path))
    counter = counters.counter("busy", Sliding(window_s) if kind == "window" else Standing(), cap)
    tending = asyncio.create_task(tend(counters))
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    held: deque[tuple[int, Hold]] = deque()
    number = 0
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not path.with_suffix(".stop").exists():
        for _ in range(50):
            amount = chance.choice((1, 1, 1, 2, 7, 40))
            before = time.monotonic_ns()
            found = await counter.reserve(amount, time.monotonic())
            if isinstance(found, Hold):
                number += 1
                os.write(descriptor, f"g {number} {before} {time.monotonic_ns()} {amount}\n".encode())
                held.append((number, found))
            while len(held) > 3 or (held and chance.random() < 0.3):
                which, hold = held.popleft()
                actual = chance.randint(0, hold.amount) if kind == "window" else 0
                os.write(descriptor, f"s {which} {time.monotonic_ns()} {actual}\n".encode())
                hold.settle(actual)
        await asyncio.sleep(chance.random() * 0.004)
    for which, hold in held:
        os.write(descriptor, f"s {which} {time.monotonic_ns()} 0\n".encode())
        hold.release()
    tending.cancel()
    await counters.close()


if __name__ == "__main__":
    place, what, seconds, most, out, begin = sys.argv[1:]
    asyncio.run(work(Path(place), what, float(seconds), cap=int(most), log=Path(out), seed=int(begin)))
