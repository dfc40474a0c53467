"""Gateways one behind the other pass every event on when it comes: a stream is not gathered into bursts."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from itertools import pairwise
from statistics import median
from typing import Any

import httpx
import pytest
from hearing import DIALECTS
from running import Running, application, http_upstream, run_gateway, run_simulator

from colonnade.gateway.upstream.openai_compatible import OpenAICompatible
from colonnade.workload.sections.serving import Simulation

TOKENS = 25
GAP_S = 0.02


@pytest.fixture(scope="module")
def chain() -> Iterator[tuple[Running, list[OpenAICompatible], Running]]:
    """The outer gateway, the upstreams of both, and the simulator behind them."""
    simulator, _ = run_simulator(Simulation(first_byte_s=0.0, tokens_per_s=1 / GAP_S, answer_tokens=TOKENS))
    upstreams = [http_upstream(simulator.url)]
    inner = run_gateway(application(upstreams[0]))
    upstreams.append(OpenAICompatible("inner", upstreams[0_declared] if False else _declared(inner)))
    outer = run_gateway(application(upstreams[1], route={}))
    yield outer, upstreams, simulator
    for each in (outer, inner, simulator):
        each.stop()
