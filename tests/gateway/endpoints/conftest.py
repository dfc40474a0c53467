"""Over real HTTP on both sides: the official client, the gateway, the simulator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import openai
import pytest
from running import Running, http_upstream, run_gateway, run_simulator
from serving import Kept, every_endpoint

from colonnade.gateway.upstream.simulator import Simulator


@dataclass
class Everything:
    """A gateway that serves every endpoint; its journal, its simulator, and two clients."""

    gateway: Running
    kept: Kept
    simulator: Simulator
    openai: openai.OpenAI
    http: httpx.Client


@pytest.fixture(scope="module")
def everything() -> Iterator[Everything]:
    server, simulator = run_simulator()
    kept = Kept()
    gateway = run_gateway(every_endpoint(http_upstream(server.url), kept))
    base = f"{gateway.url}/v1"
    with (
        openai.OpenAI(base_url=base, api_key="unused", max_retries=0) as client,
        httpx.Client(base_url=base) as plain,
    ):
        yield Everything(gateway, kept, simulator, client, plain)
    gateway.stop()
    server.stop()
