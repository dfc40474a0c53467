"""Servers that the tests of the gateway share, started once a module, and stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest
from running import Running, application, http_upstream, run_gateway, run_simulator

from colonnade.gateway.application import Gateway
from colonnade.workload.sections.serving import Simulation


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    """Start a gateway; it is stopped when the test is over."""
    running: list[Running] = []

    def begin(app: Gateway) -> Running:
        running.append(run_gateway(app))
        return running[-1]

    yield begin
    for each in running:
        each.stop()


@pytest.fixture
def simulate() -> Iterator[Callable[..., Any]]:
    """Start a simulator over HTTP; it is stopped when the test is over."""
    running: list[Running] = []

    def begin(simulation: Simulation | None = None) -> Any:
        server, simulator = run_simulator(simulation) if simulation else run_simulator()
        running.append(server)
        return server, simulator

    yield begin
    for each in running:
        each.stop()


@pytest.fixture(scope="module")
def world() -> Iterator[Running]:
    """A gateway before a simulator without faults, over real HTTP on both sides."""
    simulator, _ = run_simulator()
    gateway = run_gateway(application(http_upstream(simulator.url)))
    yield gateway
    gateway.stop()
    simulator.stop()


@pytest.fixture(scope="module")
def client(world: Running) -> Iterator[openai.OpenAI]:
    """The official client, with its own retries off."""
    with openai.OpenAI(base_url=f"{world.url}/v1", api_key="unused", max_retries=0) as made:
        yield made
