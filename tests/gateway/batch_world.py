"""Files and batches as a gateway serves them: real store, real stages, real HTTP, the provider simulator behind."""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openai
from running import Running, application, run_gateway

from colonnade.errors import Unauthenticated
from colonnade.gateway.application import ENDPOINTS
from colonnade.gateway.batches.endpoints import batched
from colonnade.gateway.batches.handing import Handing
from colonnade.gateway.batches.pressure import Pressure
from colonnade.gateway.batches.runner import Lane, Runner
from colonnade.gateway.batches.service import BatchService
from colonnade.gateway.batches.store import BatchStore
from colonnade.gateway.call import Call, Forward, Identity, Reply
from colonnade.gateway.files.service import FileService
from colonnade.gateway.files.store import FileLimits, FileStore
from colonnade.gateway.metrics import Metrics
from colonnade.gateway.upstream.interface import Upstream
from colonnade.gateway.upstream.simulator import Simulator, SimulatorUpstream
from colonnade.store import Store, open_store
from colonnade.workload.sections.serving import Route, Simulation

QUICK = Simulation(first_byte_s=0.0, tokens_per_s=1_000_000.0, answer_tokens=8)
CONCURRENCY = 4
LANE = Lane(lease_s=1.0, poll_s=0.05, patience_s=2.0)
KEYS = {
    "anna": Identity("anna", "caller", {"tenant": "a"}),
    "alma": Identity("alma", "caller", {"tenant": "a"}),
    "bert": Identity("bert", "caller", {"tenant": "b"}),
    "solo": Identity("solo", "caller", {}),
}


@dataclass
class Door:
    """Who calls is said by the key alone; revoked ones are strangers."""

    known: dict[str, Identity]
    name: str = "identify"

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        named = (call.authorization or "").removeprefix("Bearer ")
        call.identity = call.identity or self.known.get(named)
        if call.identity is None:
            raise Unauthenticated("Who are you?", code="invalid_api_key")
        return await forward(call)


@dataclass
class World:
    """Everything of one gateway; `calls` are the batch's calls that came through the stages."""

    gateway: Running
    simulator: Simulator
    store: Store
    files: FileStore
    batches: BatchStore
    runner: Runner
    known: dict[str, Identity]
    offset: list[float]
    clients: dict[str, openai.OpenAI] = field(default_factory=dict)

    def client(self, key: str = "anna") -> openai.OpenAI:
        if key not in self.clients:
            plain = openai.DefaultHttpxClient(verify=False)  # no TLS here, so no authorities to be loaded
            self.clients[key] = openai.OpenAI(
                base_url=f"{self.gateway.url}/v1", api_key=key, max_retries=0, http_client=plain
            )
        return self.clients[key]

    def upload(self, lines: Iterable[Any], key: str = "anna") -> str:
        text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
        file = self.client(key).files.create(file=("rows.jsonl", text.encode()), purpose="batch")
        return file.id

    def create(self, lines: Iterable[Any], key: str = "anna", **fields: Any) -> Any:
        known = {"endpoint": "/v1/chat/completions", "completion_window": "24h"}
        asked = {"input_file_id": self.upload(lines, key), **known, **fields}
        return self.client(key).batches.create(**asked)

    def over(self, batch_id: str, key: str = "anna", patience_s: float = 15.0) -> Any:
        """The batch as soon as it is over."""
        return self.until(
            batch_id, ("completed", "failed", "expired", "cancelled"), key=key, patience_s=patience_s
        )

    def until(
        self, batch_id: str, statuses: Sequence[str], key: str = "anna", patience_s: float = 15.0
    ) -> Any:
        deadline = time.monotonic() + patience_s
        while True:
            batch = self.client(key).batches.retrieve(batch_id)
            if batch.status in statuses:
                return batch
            assert time.monotonic() < deadline, batch
            time.sleep(0.02)

    def lines(self, file_id: str, key: str = "anna") -> list[Any]:
        text = self.client(key).files.content(file_id).read()
        return [json.loads(line) for line in io.BytesIO(text)]

    def jump(self, seconds: float) -> None:
        """The clock of files and batches goes forward."""
        self.offset[0] += seconds

    def stop(self) -> None:
        for client in self.clients.values():
            client.close()
        self.gateway.stop()
        self.store.close()


def row(number: int, **body: Any) -> dict[str, Any]:
    """One line of an input file, right in every way."""
    question = {"role": "user", "content": f"What is {number}?"}
    known = {"model": "assistant", "messages": [question], **body}
    return {"custom_id": f"row-{number}", "method": "POST", "url": "/v1/chat/completions", "body": known}


def begin(
    state: Path,
    *,
    simulation: Simulation = QUICK,
    lane: Lane = LANE,
    limits: FileLimits | None = None,
    yield_at: int = 100,
    before: Sequence[Any] = (),
    runs: bool = True,
    keeps: bool = True,
    upstream: Upstream | None = None,
    handing: Handing | None = None,
    after: Sequence[Any] = (),
    store: Store | None = None,
) -> World:
    """Start everything; without `runs` no row is ever run."""
    own = SimulatorUpstream("sim", simulation)
    upstream = upstream or own
    store = store or open_store(state)
    known, offset, metrics = dict(KEYS), [0.0], Metrics()

    def clock() -> float:
        return time.time() + offset[0]

    files, batches = FileStore(store, limits, clock), BatchStore(store, clock)
    endpoints = batched(ENDPOINTS)
    runner = Runner(
        batches, files, endpoints, _routes, known.get, lambda: CONCURRENCY, lane=lane, handing=handing or Handing(),
    )  # fmt: skip
    runner.pressure = Pressure(metrics, lambda: runner.under_way, lambda: yield_at)
    door = Door(known)

    @asynccontextmanager
    async def life() -> AsyncIterator[None]:
        running = asyncio.create_task(runner.forever(app.calls)) if runs else None
        yield
        if running is not None:
            running.cancel()
            await asyncio.wait([running])

    app = application(
        upstream,
        before=[door, *before],
        after=after,
        doors=[door],
        metrics=metrics,
        lifespan=life,
        services=[
            FileService(files, lambda: keeps),
            BatchService(batches, files, endpoints, runner.wake, lambda: keeps),
        ],
    )
    return World(run_gateway(app), own.simulator, store, files, batches, runner, known, offset)


def _routes() -> dict[str, Route]:
    return {"assistant": Route(model="text"), "vectors": Route(model="text", endpoint="embeddings")}
