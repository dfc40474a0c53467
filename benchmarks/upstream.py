"""The provider simulator over HTTP, in a thread: its faults change while it runs, and it tells who left early."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from colonnade.gateway.server import listen
from colonnade.gateway.upstream.simulator import Departure, Simulator
from colonnade.gateway.upstream.simulator_server import server_config
from colonnade.workload.sections.serving import Fault, Simulation

WELL = Simulation(first_byte_s=0.0, tokens_per_s=200.0, answer_tokens=12)


@dataclass(frozen=True)
class Upstream:
    """A simulator that runs."""

    url: str
    simulator: Simulator

    def play(self, fault: Fault | None, **changes: Any) -> None:
        """Every request from now on meets this fault."""
        self.simulator.simulation = WELL.model_copy(update={"fault": fault, **changes})

    @property
    def asked(self) -> int:
        """How many requests came so far."""
        return self.simulator.count

    @property
    def departures(self) -> Sequence[Departure]:
        """Who left before its answer was complete."""
        return self.simulator.departures


@contextmanager
def played() -> Iterator[Upstream]:
    """It runs on a free port."""
    simulator = Simulator(WELL)
    server, listener = uvicorn.Server(server_config(simulator)), listen("127.0.0.1", 0)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    try:
        yield Upstream(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", simulator)
    finally:
        server.should_exit = server.force_exit = True
        thread.join(timeout=10)
