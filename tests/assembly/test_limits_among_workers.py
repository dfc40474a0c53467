"""Two worker processes hold callers to one limit and one budget, also when one of them is killed with calls under way."""

from __future__ import annotations

import asyncio
import threading
import time

import httpx
import pytest
from test_workers import Workers, eventually
from whole import Whole

from colonnade.assembly.counting import budget_accounts

pytestmark = pytest.mark.slow

ORDINARY = "simulation: {seed: 1, first_byte_s: 0.0, tokens_per_s: 1000000, answer_tokens: 12}"
SLOW = "simulation: {seed: 1, first_byte_s: 0.0, tokens_per_s: 10, answer_tokens: 60}"


@pytest.fixture
def whole(tmp_path):
    return Whole.planted(tmp_path / "repository")


async def test_both_workers_count_requests_and_money_together(whole):
    whole.edit("labels: {", "limits: [{per: key, requests: 40, window_s: 600}]\nlabels: {")
    whole.edit("cache: exact", "cache: off", "workload/workload.yaml")
    with Workers(whole) as running:
        heard = [running.ask() for _ in range(70)]
        workers = {answer.headers["x-request-id"].rpartition("-")[0] for answer in heard}
        answered = [answer for answer in heard if answer.status_code == 200]
        assert len(workers) == 2
        assert len(answered) == 40
        await asyncio.sleep(1.0)  # both bring home what they spent
        day, _ = await budget_accounts(whole.folder)
        paid = sum(float(answer.headers["x-colonnade-cost-usd"]) for answer in answered)
        assert day.spent == pytest.approx(paid, abs=1e-7)
        assert day.reserved == 0.0


def test_calls_of_a_killed_worker_are_no_longer_under_way(whole):
    whole.edit(ORDINARY, SLOW)
    whole.edit("labels: {", "limits: [{per: key, concurrent: 4}]\nlabels: {")
    with Workers(whole) as running:
        waiting = [threading.Thread(target=_ask_quietly, args=(running,), daemon=True) for _ in range(12)]
        for each in waiting:
            each.start()
        eventually(5.0, lambda: running.ask().status_code == 429)
        for number in (1, 2):
            running.processes[number].kill()
            running.processes[number].wait()
            running.processes[number] = running._start(number)
        eventually(15.0, running._both_answer)
        free = [threading.Thread(target=_ask_quietly, args=(running,), daemon=True) for _ in range(3)]
        for each in free:
            each.start()
        time.sleep(0.5)
        assert running.ask().status_code == 200, (
            "three of four are under way, and none of those that were killed"
        )


def _ask_quietly(running: Workers) -> None:
    try:
        running.ask()
    except httpx.HTTPError:
        return  # its worker was killed
