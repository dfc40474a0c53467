"""Many streams at a time for minutes through the whole gateway, before the simulator: losses, memory, CPU a stream.

    python benchmarks/gateway_soak.py --streams 1000 --minutes 5

Fails (exit code 1) where a stream is not complete, where the ledger lacks a request that the upstream saw, or where
the gateway grows after its warm-up by more than 5 MB and 5 KB a stream that is open.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import httpx
from callers import question
from planted import Served, gateway, simulator

from colonnade.assembly.opened import opened

MOST_GROWTH_MB = 5.0
MOST_GROWTH_KB_A_STREAM = 5.0
EVENTS_PER_S = 4_000.0
"""Of all streams together: what leaves two small cores, shared with simulator and callers, time for their work."""
FEW = 64
"""Streams before the memory of an idle gateway is read: by then it has loaded what it needs."""
END = b"data: [DONE]\n\n\r\n0\r\n\r\n"


@dataclass
class Heard:
    """What the callers heard: ids of streams that were complete, and the rest of those that were not."""

    complete: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)


@dataclass
class Memory:
    """Resident memory of the gateway: after a few streams with nobody there, and while many are open, in MB."""

    alone: float
    samples: list[float] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """Between the first and the last fifth of the time, in medians: a step of the allocator is no slope."""
        fifth = max(1, len(self.samples) // 5)
        return median(self.samples[-fifth:]) - median(self.samples[:fifth])

    def a_stream_kb(self, streams: int) -> float:
        """What an open stream holds."""
        return (median(self.samples) - self.alone) * 1000.0 / streams


def main() -> None:
    """Drive the streams and print what came of them."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--minutes", type=float, default=10.0)
    options.add_argument("--warm-up-s", type=float, default=30.0)
    options.add_argument("--streams", type=int, default=8, help="how many are open at a time")
    options.add_argument("--tokens-per-s", type=float, help="pace of each answer; usually 400 at most")
    given = options.parse_args()
    pace = given.tokens_per_s or min(400.0, EVENTS_PER_S / given.streams)
    allow_files(4 * given.streams + 256)
    with tempfile.TemporaryDirectory() as scratch, simulator(pace) as upstream:
        with gateway(Path(scratch), upstream, room_for(given.streams)) as served:
            sound, heard = asyncio.run(drive(served, given))
        lost = missing(Path(scratch) / "workload", heard, upstream)
    sys.exit(0 if sound and not lost else 1)


def room_for(streams: int) -> dict[str, str]:
    """The upstream of the workload takes so many calls at once."""
    kind, most = "    kind: openai_compatible\n", streams + 8
    return {kind: f"{kind}    connections: {most}\n    admission: {{concurrency: {most}}}\n"}


def allow_files(wanted: int) -> None:
    """Let this process and those that it starts open so many files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


async def drive(served: Served, given: argparse.Namespace) -> tuple[bool, Heard]:
    """Keep the streams open until the time is over; whether all were complete and memory was flat."""
    heard, seconds = Heard(), given.minutes * 60.0
    few = iter([True] * FEW)
    await asyncio.gather(*(ask(served, few, heard) for _ in range(8)))
    memory = Memory(served.rss_mb())
    turns = until(time.monotonic() + given.warm_up_s + seconds)
    callers = [asyncio.ensure_future(ask(served, turns, heard)) for _ in range(given.streams)]
    await asyncio.sleep(given.warm_up_s)
    done, cpu = len(heard.complete), served.cpu_s()
    await watch(served, memory, time.monotonic() + seconds)
    done, cpu = len(heard.complete) - done, served.cpu_s() - cpu
    await asyncio.gather(*callers)
    print(
        f"{done} streams of 48 tokens in {seconds:.0f} s, {given.streams} at a time, {len(heard.errors)} errors"
    )
    print(
        f"resident memory {memory.alone:.1f} MB alone, {median(memory.samples):.1f} MB with the streams",
        end=": ",
    )
    print(f"{memory.a_stream_kb(given.streams):.1f} KB a stream")
    allowed = MOST_GROWTH_MB + MOST_GROWTH_KB_A_STREAM * given.streams / 1000.0
    print(f"growth after the warm-up {memory.growth:+.2f} MB, {allowed:.0f} MB allowed")
    print(f"CPU {1e6 * cpu / max(done, 1):.0f} us a stream")
    for error in heard.errors[:5]:
        print(f"error: {error}")
    return bool(done) and not heard.errors and memory.growth < allowed, heard


def until(end: float) -> Iterator[bool]:
    """Another stream as long as the time is not over; shared by all callers."""
    while time.monotonic() < end:
        yield True


async def ask(served: Served, turns: Iterator[bool], heard: Heard) -> None:
    """One caller: one stream after the other on one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port, limit=1 << 20)
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {served.key}\r\n"
    for stream in turns:
        body = question(stream=stream)
        writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        answered = await reader.readuntil(b"\r\n\r\n")
        if not answered.startswith(b"HTTP/1.1 200"):
            heard.errors.append(answered.decode())
            break
        rest = await reader.readuntil(b"\r\n0\r\n\r\n")
        if rest.endswith(END):
            heard.complete.add(answered.partition(b"x-request-id: ")[2].partition(b"\r\n")[0].decode())
        else:
            heard.errors.append(rest[-300:].decode(errors="replace"))
    writer.close()


async def watch(served: Served, memory: Memory, end: float, every_s: float = 30.0) -> None:
    """Sample the memory, and print how it goes, so that a step can be told from a slope."""
    began = told = time.monotonic()
    while (now := time.monotonic()) < end:
        memory.samples.append(served.rss_mb())
        if now - told >= every_s:
            told = now
            print(f"{now - began:6.0f} s  {memory.samples[-1]:.2f} MB", flush=True)
        await asyncio.sleep(0.25)


def missing(folder: Path, heard: Heard, upstream: str) -> int:
    """How many requests that an upstream saw, or a caller heard to the end, the ledger of the ended gateway lacks."""
    seen = httpx.get(f"{upstream.removesuffix('/v1')}/seen", timeout=60).json()
    with opened(folder) as (_, ledger, _shelf):
        kept = {request.id: request.outcome for request in ledger.requests(0.0, time.time())}
        intact = ledger.verify().intact
    lost = len(set(seen["ids"]) - kept.keys())
    misnamed = sum(kept.get(name) != "answered" for name in heard.complete)
    print(
        f"{seen['count']} requests reached the upstream, {len(kept)} are in the ledger, {lost} are missing",
        end=", ",
    )
    print(f"{misnamed} are recorded otherwise than heard; the chain is {'intact' if intact else 'BROKEN'}")
    return lost + misnamed + (not intact)


if __name__ == "__main__":
    main()
