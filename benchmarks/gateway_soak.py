"""Eight streams at a time for minutes through the whole gateway, before the simulator: errors, memory, CPU a request.

    python benchmarks/gateway_soak.py --minutes 10

Fails (exit code 1) on any error, or when the gateway grows by 5 MB or more after its warm-up.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from callers import Count, ask
from planted import Served, gateway, simulator

MOST_GROWTH_MB = 5.0


def main() -> None:
    """Drive the streams and print what came of them."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--minutes", type=float, default=10.0)
    options.add_argument("--warm-up-s", type=float, default=30.0)
    options.add_argument("--parallel", type=int, default=8)
    options.add_argument("--tokens-per-s", type=float, default=400.0, help="pace of each answer")
    given = options.parse_args()
    with (
        tempfile.TemporaryDirectory() as scratch,
        simulator(given.tokens_per_s) as upstream,
        gateway(Path(scratch), upstream) as served,
    ):
        sys.exit(asyncio.run(drive(served, given.minutes * 60.0, given.warm_up_s, given.parallel)))


async def drive(served: Served, seconds: float, warm_up_s: float, parallel: int) -> int:
    """Keep `parallel` streams open until the time is over; the exit code."""
    counted = Count()
    streams = until(time.monotonic() + warm_up_s + seconds)
    callers = [asyncio.ensure_future(ask(served, streams, counted)) for _ in range(parallel)]
    await asyncio.sleep(warm_up_s)
    answered, cpu, before = counted.answered, served.cpu_s(), served.rss_mb()
    watching = asyncio.ensure_future(watch(served, before))
    await asyncio.gather(*callers)
    watching.cancel()
    growth, done = served.rss_mb() - before, counted.answered - answered
    print(
        f"{done} streams in {seconds:.0f} s after {warm_up_s:.0f} s of warm-up, {len(counted.errors)} errors"
    )
    print(f"resident memory {before:.1f} MB, growth {growth:+.2f} MB")
    print(f"CPU {1e6 * (served.cpu_s() - cpu) / max(done, 1):.0f} us a stream of 48 tokens")
    for error in counted.errors[:5]:
        print(f"error: {error}")
    return 1 if counted.errors or growth >= MOST_GROWTH_MB or not done else 0


def until(end: float) -> Iterator[bool]:
    """Another stream as long as the time is not over; shared by all callers."""
    while time.monotonic() < end:
        yield True


async def watch(served: Served, before: float, every_s: float = 30.0) -> None:
    """Print how the memory goes, so that a step can be told from a slope."""
    began = time.monotonic()
    while True:
        await asyncio.sleep(every_s)
        print(f"{time.monotonic() - began:6.0f} s  {served.rss_mb() - before:+.2f} MB", flush=True)


if __name__ == "__main__":
    main()
