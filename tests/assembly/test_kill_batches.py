"""Kill the gateway in the middle of a batch: every row is answered once, and what is finished is not paid again."""

from __future__ import annotations

import json
import re
import socket
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest
from gateway_process import GatewayProcess, SimulatorProcess
from test_kill_gateway import SIMULATED
from whole import Whole

from colonnade.gateway.batches.rows import RowStore
from colonnade.gateway.batches.store import BatchStore

ROWS, CONCURRENCY = 200, 8
ROW = re.compile(r"row (\d+) of batch_")


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


def line(number: int) -> bytes:
    body = {"model": "answer", "messages": [{"role": "user", "content": f"Where is tool {number}?"}]}
    row = {"custom_id": f"row-{number}", "method": "POST", "url": "/v1/chat/completions", "body": body}
    return json.dumps(row).encode()


def finished(whole: Whole, batch_id: str) -> dict[int, str]:
    """Line -> id of the call that answered it, of the rows whose answer is in the store."""
    with whole.ledger() as ledger:
        rows = RowStore(BatchStore(ledger.store)).done(batch_id)
        return {row.line: json.loads(row.response)["request_id"] for row in rows if row.response is not None}


def calls_by_row(whole: Whole) -> Counter[int]:
    """How many calls of each row the journal knows."""
    with whole.ledger() as ledger:
        stories = [d.what for request in ledger.requests(0.0, time.time()) for d in request.decisions]
    return Counter(int(found[1]) for told in stories if (found := ROW.match(told)))


def wait_for(client: openai.OpenAI, batch_id: str, completed: int) -> None:
    deadline = time.monotonic() + 60
    while client.batches.retrieve(batch_id).request_counts.completed < completed:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_two_kills_lose_no_row_and_pay_for_none_twice(whole: Whole, simulator: SimulatorProcess):
    key, port = whole.prepare(), free_port()
    gateway = GatewayProcess(whole.folder, port)
    client = openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=key)
    file = client.files.create(
        file=("rows.jsonl", b"\n".join(line(n) for n in range(1, ROWS + 1))), purpose="batch"
    )
    made = client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
    )
    known: dict[int, str] = {}
    for so_many in (ROWS // 5, ROWS // 2):
        wait_for(client, made.id, so_many)
        gateway.kill()
        before, known = known, finished(whole, made.id)
        assert before.items() <= known.items()
        assert len(known) < ROWS
        gateway = GatewayProcess(whole.folder, port)
    wait_for(client, made.id, ROWS)
    batch = client.batches.retrieve(made.id)
    deadline = time.monotonic() + 30
    while batch.status != "completed":
        assert time.monotonic() < deadline, batch
        time.sleep(0.05)
        batch = client.batches.retrieve(made.id)
    told = [json.loads(text) for text in client.files.content(batch.output_file_id).read().splitlines()]
    client.close()
    assert gateway.stop() == 0

    assert [each["custom_id"] for each in told] == [f"row-{n}" for n in range(1, ROWS + 1)]
    assert batch.error_file_id is None
    answered_by = {int(each["custom_id"][4:]): each["response"]["request_id"] for each in told}
    assert known.items() <= answered_by.items()
    assert len(simulator.seen()) <= ROWS + 2 * CONCURRENCY
    calls = calls_by_row(whole)
    assert set(answered_by) == set(range(1, ROWS + 1))
    assert sum(calls.values()) <= ROWS + 2 * CONCURRENCY
    assert max(calls.values()) <= 3
    with whole.ledger() as ledger:
        assert ledger.verify().breaks == ()
        answered = {
            r.id for r in ledger.requests(0.0, time.time()) if r.batch == made.id and r.outcome == "answered"
        }
    assert answered <= set(answered_by.values()), "a row was paid for although its answer was known"
