"""A gateway in a process of its own, that tells how much it holds; run it: `python besieged.py '{"head_s": 1}'`."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

sys.path.insert(0, str(Path(__file__).parents[1]))

from raw import answer, request

CHAT = {"model": "assistant", "messages": [{"role": "user", "content": "x"}]}
QUICK = request({"model": "vectors", "input": "x"}, path="/v1/embeddings")
"""Answered at once; chat takes as long as the simulator is told."""
STREAM = request({**CHAT, "stream": True})
PACE = {"first_byte_s": 0.0, "tokens_per_s": 50.0, "answer_tokens": 50}


class Held(NamedTuple):
    """What could leak."""

    files: int
    tasks: int


class Besieged:
    """The process. `with` it, and it is stopped afterwards."""

    def __init__(self, **bounds: Any) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, json.dumps(bounds)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def files(self) -> int:
        return sum(1 for _ in Path(f"/proc/{self.process.pid}/fd").iterdir())

    def rss_mb(self) -> float:
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6

    async def tell(self, path: str) -> Any:
        status, _, body = await answer(self.port, request(b"", path=path, method="GET"))
        assert status == 200, body
        return body.decode()

    async def calls(self) -> int:
        """Calls that the pipeline led to a route."""
        text = await self.tell("/metrics")
        return sum(
            map(int, re.findall(r'^colonnade_requests_total\{route="\w.*\} (\d+)$', text, re.MULTILINE))
        )

    async def tasks(self) -> int:
        return int(await self.tell("/tasks"))

    async def garbage(self) -> int:
        """Objects that nobody has held since the last question, and that were not freed at once."""
        return int(await self.tell("/garbage"))

    async def ask(self) -> float:
        """One call by somebody else; the seconds it took."""
        began = time.perf_counter()
        status, _, body = await asyncio.wait_for(answer(self.port, QUICK), 10)
        assert status == 200, body
        return time.perf_counter() - began

    async def held(self) -> Held:
        """What it holds while nobody but us is there."""
        await self.ask()
        return Held(self.files(), await self.tasks())

    async def settled(self, before: Held, within_s: float = 10.0) -> None:
        """Return when no more is held than before."""
        end = time.monotonic() + within_s
        while (now := await self.held()).files > before.files or now.tasks > before.tasks:
            assert time.monotonic() < end, f"{now}, {before} before"
            await asyncio.sleep(0.05)


async def _tell(scope: Any, receive: Any, send: Any) -> None:
    """Tasks; or what only the collector could free since the last question, which is also the last time that it ran."""
    found = len(asyncio.all_tasks())
    if scope["path"] == "/garbage":
        found = gc.collect()
        gc.disable()
    told = b"%d" % found
    length = (b"content-length", b"%d" % len(told))
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": told})


def _serve(given: dict[str, Any]) -> None:
    from running import application

    from colonnade.gateway.calls import Limits
    from colonnade.gateway.connections import Bounds
    from colonnade.gateway.metrics import Metrics
    from colonnade.gateway.server import listen, serve
    from colonnade.gateway.upstream.simulator import SimulatorUpstream
    from colonnade.workload.sections.serving import Simulation

    limits, metrics = Limits(body_s=given.pop("body_s", 15.0)), Metrics()
    simulation = Simulation(**{**PACE, **given.pop("simulation", {})})

    @asynccontextmanager
    async def store() -> AsyncIterator[None]:
        """What calls need until they are closed."""
        yield
        sys.stdout.write(f"{metrics.in_flight} calls under way when the store was closed\n")

    app = application(
        SimulatorUpstream("sim", simulation),
        kind="simulator",
        limits=limits,
        elsewhere=_tell,
        metrics=metrics,
        lifespan=store,
    )
    listener = listen("127.0.0.1", 0)
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    serve(app, listener, Bounds(**given))


if __name__ == "__main__":
    _serve(json.loads(sys.argv[1]))
