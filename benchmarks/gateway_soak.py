"""Eight streams at a time for minutes, gateway and simulator in processes of their own: errors, memory, CPU a request.

    python benchmarks/gateway_soak.py --minutes 10

Fails (exit code 1) on any error, or when the gateway grows by 5 MB or more after its warm-up.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from colonnade.gateway.application import create_app
from colonnade.gateway.direct import Direct
from colonnade.gateway.read import Read
from colonnade.gateway.server import listen, serve
from colonnade.gateway.upstream.openai_compatible import OpenAICompatible
from colonnade.reliability.deadline import Deadline
from colonnade.workload.sections.serving import Modalities, ModelBinding, Route, Upstream

MOST_GROWTH_MB = 5.0
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass
class Count:
    """What the callers saw."""

    answered: int = 0
    errors: list[str] = field(default_factory=list)


def main() -> None:
    """Run the gateway for the parent (`--serve`), or measure."""
    options = argparse.ArgumentParser()
    options.add_argument("--minutes", type=float, default=10.0)
    options.add_argument("--warm-up-s", type=float, default=30.0)
    options.add_argument("--parallel", type=int, default=8)
    options.add_argument("--tokens-per-s", type=float, default=400.0)
    options.add_argument("--serve", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.serve:
        run_gateway(given.serve)
    else:
        sys.exit(measure(given.minutes, given.warm_up_s, given.parallel, given.tokens_per_s))


def run_gateway(upstream_url: str) -> None:
    """The gateway with its own stages, before a simulator at the URL."""
    both = Modalities(input=["text"], output=["text"])
    binding = ModelBinding(upstream="sim", model="simulated", modalities=both, reason="soak", owner="soak")
    direct = Direct({"assistant": Route(model="text")}, {"text": binding}, {"sim": "openai_compatible"})
    upstream = OpenAICompatible("sim", Upstream(kind="openai_compatible", base_url=upstream_url))
    app = create_app(stages=[Read(), direct, Deadline()], upstreams={"sim": upstream}, models=["assistant"])
    listener = listen("127.0.0.1", 0)
    print(f"listening on port {listener.getsockname()[1]}", flush=True)
    serve(app, listener)


def measure(minutes: float, warm_up_s: float, parallel: int, tokens_per_s: float) -> int:
    """Drive the streams and print what came of them."""
    colonnade = Path(sys.executable).with_name("colonnade")
    simulator = subprocess.Popen(
        [colonnade, "simulate", "--tokens-per-s", str(tokens_per_s)], stdout=subprocess.PIPE, text=True
    )
    url = _line(simulator).split()[4]
    gateway = subprocess.Popen([sys.executable, __file__, "--serve", url], stdout=subprocess.PIPE, text=True)
    try:
        port = int(_line(gateway).split()[-1])
        return asyncio.run(drive(gateway.pid, port, minutes * 60.0, warm_up_s, parallel))
    finally:
        for process in (gateway, simulator):
            process.terminate()
            process.wait(timeout=40)


async def drive(pid: int, port: int, seconds: float, warm_up_s: float, parallel: int) -> int:
    """Keep `parallel` streams open until the time is over."""
    count = Count()
    end = time.monotonic() + warm_up_s + seconds
    callers = [asyncio.ensure_future(call_until(end, port, count)) for _ in range(parallel)]
    await asyncio.sleep(warm_up_s)
    answered, cpu, before = count.answered, cpu_s(pid), rss_mb(pid)
    await asyncio.gather(*callers)
    growth = rss_mb(pid) - before
    done = count.answered - answered
    print(f"{done} streams in {seconds:.0f} s after {warm_up_s:.0f} s of warm-up, {len(count.errors)} errors")
    print(f"resident memory {before:.1f} MB, growth {growth:+.2f} MB")
    print(f"CPU {1e6 * (cpu_s(pid) - cpu) / max(done, 1):.0f} us a stream of 48 tokens")
    for error in count.errors[:5]:
        print(f"error: {error}")
    return 1 if count.errors or growth >= MOST_GROWTH_MB or not done else 0


async def call_until(end: float, port: int, count: Count) -> None:
    """One caller: the next stream as soon as the last is complete, on one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    number = 0
    while time.monotonic() < end:
        number += 1
        message = {"role": "user", "content": f"question {number} of caller {id(writer)}"}
        body = json.dumps({"model": "assistant", "messages": [message], "stream": True}).encode()
        writer.write(
            b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(body)
        )
        writer.write(body)
        answer = await reader.readuntil(b"\r\n0\r\n\r\n")
        if answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n"):
            count.answered += 1
        else:
            count.errors.append(answer[-300:].decode(errors="replace"))
    writer.close()


def rss_mb(pid: int) -> float:
    """Resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def cpu_s(pid: int) -> float:
    """User and system time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


if __name__ == "__main__":
    main()
