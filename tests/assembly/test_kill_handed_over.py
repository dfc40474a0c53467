"""Kill the gateway while a provider works on a batch: what was handed over comes home, and is not handed over again."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import pytest
from gateway_process import GatewayProcess, SimulatorProcess
from test_kill_batches import free_port, line
from test_kill_gateway import SIMULATED
from whole import Whole

ROWS, KILLS = 60, 2


@pytest.fixture
def simulator() -> Iterator[SimulatorProcess]:
    with SimulatorProcess() as running:
        yield running


@pytest.fixture
def whole(simulator: SimulatorProcess, tmp_path: Path) -> Whole:
    planted = Whole.planted(tmp_path / "repository")
    planted.edit(
        SIMULATED,
        f'    kind: openai_compatible\n    base_url: {simulator.base_url}\n    region: "local:SE"\n    batch: provider\n',
    )
    planted.edit("\nbatches: {", "\nbatches: {gather_s: 0.5, poll_s: 0.1, handed: 20, ")
    return planted


def jobs(simulator: SimulatorProcess) -> list[str]:
    return [it["id"] for it in httpx.get(f"{simulator.base_url}/batches?limit=100").json()["data"]]


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_kills_hand_no_row_over_twice(whole: Whole, simulator: SimulatorProcess) -> None:
    key, port = whole.prepare(), free_port()
    gateway = GatewayProcess(whole.folder, port)
    client = openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=key)
    file = client.files.create(
        file=("rows.jsonl", b"\n".join(line(n) for n in range(1, ROWS + 1))), purpose="batch"
    )
    made = client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
    )
    for kill in range(KILLS):
        deadline = time.monotonic() + 60
        while len(jobs(simulator)) <= kill:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        gateway.kill()
        gateway = GatewayProcess(whole.folder, port)
    deadline = time.monotonic() + 120
    while (batch := client.batches.retrieve(made.id)).status != "completed":
        assert time.monotonic() < deadline, batch
        time.sleep(0.1)
    client.close()
    assert gateway.stop() == 0
    assert (batch.request_counts.completed, batch.error_file_id) == (ROWS, None)
    told = httpx.get(simulator.base_url.removesuffix("/v1") + "/seen").json()
    asked = Counter(it for it in told["ids"] if it.startswith(made.id))
    assert asked == {f"{made.id}-{n}": 1 for n in range(1, ROWS + 1)}, "a row was paid for twice"
    with whole.ledger() as ledger:
        assert ledger.verify().breaks == ()
