"""Kill the gateway at any moment under load: what reached an upstream is in the ledger, and nothing must be repaired."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from gateway_process import GatewayProcess, SimulatorProcess
from whole import Whole

from colonnade.evidence.request import RequestRecord

SIMULATED = """    kind: simulator
    region: "local:SE"
    simulation: {seed: 1, first_byte_s: 0.0, tokens_per_s: 1000000, answer_tokens: 12}
"""
CALLERS = 8


@pytest.fixture
def simulator() -> Iterator[SimulatorProcess]:
    with SimulatorProcess() as running:
        yield running


@pytest.fixture
def whole(simulator: SimulatorProcess, tmp_path: Path) -> Whole:
    planted = Whole.planted(tmp_path / "repository")
    planted.edit(
        SIMULATED,
        f'    kind: openai_compatible\n    base_url: {simulator.base_url}\n    region: "local:SE"\n',
    )
    return planted


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def load_until_killed(gateway: GatewayProcess, key: str, seconds: float) -> None:
    """Callers who ask whole and streamed, until the gateway is killed so many seconds after its first answer."""
    answered = asyncio.Event()
    async with httpx.AsyncClient(base_url=gateway.url, headers={"authorization": f"Bearer {key}"}) as client:

        async def call(caller: int) -> None:
            number = 0
            while True:
                number += 1
                question = [{"role": "user", "content": f"Question {number} of caller {caller}?"}]
                body = {"model": "answer", "messages": question, "stream": (caller + number) % 2 == 0}
                await client.post("/v1/chat/completions", json=body)
                answered.set()

        calls = [asyncio.create_task(call(caller)) for caller in range(CALLERS)]
        await asyncio.wait_for(answered.wait(), 10)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(gateway.kill)
        ends = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(end, httpx.TransportError) for end in ends), ends


def in_ledger(whole: Whole) -> dict[str, RequestRecord]:
    with whole.ledger() as ledger:
        return {request.id: request for request in ledger.requests(0.0, time.time())}


def wait_for_all(whole: Whole, seen: set[str]) -> dict[str, RequestRecord]:
    """What the ledger holds as soon as nothing that an upstream saw is missing, or after ten seconds."""
    deadline = time.monotonic() + 10
    while True:
        found = in_ledger(whole)
        if seen <= found.keys() or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def kill_often(whole: Whole, simulator: SimulatorProcess, times: int) -> None:
    key, port = whole.prepare(), free_port()
    moments = random.Random(7)
    seen: set[str] = set()
    gateway = GatewayProcess(whole.folder, port)
    for _ in range(times):
        asyncio.run(load_until_killed(gateway, key, moments.uniform(0.0, 0.5)))
        before, seen = seen, simulator.seen()
        assert seen > before, "the load reached no upstream"
        gateway = GatewayProcess(whole.folder, port)
        found = wait_for_all(whole, seen)
        assert seen - found.keys() == set()
        assert {found[name].outcome for name in seen} <= {"answered", "interrupted"}
        with whole.ledger() as ledger:
            assert ledger.verify().breaks == ()
    assert gateway.stop() == 0
    found = in_ledger(whole)
    assert {request.outcome for request in found.values()} == {"answered", "interrupted"}


def test_a_gateway_that_is_stopped_leaves_nothing_to_be_replayed(whole: Whole, simulator: SimulatorProcess):
    """SIGTERM, as the supervisor sends it: the journal is brought home before the process ends."""
    key, port = whole.prepare(), free_port()
    gateway = GatewayProcess(whole.folder, port)
    for number in range(20):
        question = {"model": "answer", "messages": [{"role": "user", "content": f"Question {number}?"}]}
        headers = {"authorization": f"Bearer {key}"}
        assert httpx.post(f"{gateway.url}/v1/chat/completions", json=question, headers=headers).is_success
    assert gateway.stop() == 0
    assert {request.outcome for request in in_ledger(whole).values()} == {"answered"}
    assert in_ledger(whole).keys() == simulator.seen()
    assert list((whole.folder / ".colonnade" / "spool").rglob("*.seg")) == []


def test_four_kills_under_load_lose_nothing(whole: Whole, simulator: SimulatorProcess):
    kill_often(whole, simulator, times=4)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_fifty_kills_under_load_lose_nothing(whole: Whole, simulator: SimulatorProcess):
    kill_often(whole, simulator, times=50)
