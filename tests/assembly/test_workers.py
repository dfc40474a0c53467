"""Worker processes share one port, one store and one story: counts, revisions and the ledger know no worker."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
from whole import Whole

WORKERS = 2
SOON_S = 10.0
"""A second where the machine is not busy with other tests."""


class Workers:
    """Two gateway processes as `colonnade up --workers 2` starts them."""

    def __init__(self, whole: Whole) -> None:
        self.whole = whole
        self.key = whole.prepare()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.processes = {number: self._start(number) for number in range(1, WORKERS + 1)}

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "colonnade.assembly.process", "gateway", "--port", str(self.port)]
        place = ["--workload", str(self.whole.folder), "--worker", str(number), "--workers", str(WORKERS)]
        return subprocess.Popen([*command, *place])

    def ask(self) -> httpx.Response:
        """One call on a connection of its own, so that any worker may get it."""
        body = {"model": "brief", "messages": [{"role": "user", "content": "Which worker?"}]}
        headers = {"authorization": f"Bearer {self.key}", "connection": "close"}
        url = f"http://127.0.0.1:{self.port}/v1/chat/completions"
        return httpx.post(url, json=body, headers=headers, timeout=10)

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", headers={"connection": "close"})

    def answered(self) -> set[str]:
        """The workers that answered, by the prefix of their ids, within 40 calls."""
        return {self.ask().headers["x-request-id"].rpartition("-")[0] for _ in range(40)}

    def __enter__(self) -> Self:
        eventually(15.0, self._both_answer)
        return self

    def _both_answer(self) -> bool:
        try:
            return len({self.get("/v1/models").headers["x-request-id"][:16] for _ in range(20)}) == WORKERS
        except httpx.HTTPError:
            return False

    def __exit__(self, *_: object) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            process.wait(20)


def eventually(seconds: float, seen: Callable[[], Any]) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := seen():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not seen within {seconds} s")


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    with Workers(Whole.planted(tmp_path / "repository")) as running:
        yield running


def calls(exposition: str) -> int:
    return sum(
        int(n) for n in re.findall(r"^colonnade_requests_total\{.*\} (\d+)$", exposition, re.MULTILINE)
    )


def test_all_workers_answer_count_together_reload_together_and_one_may_die(workers: Workers) -> None:
    assert len(workers.answered()) == WORKERS
    eventually(3.0, lambda: {calls(workers.get("/metrics").text) for _ in range(12)} == {40})

    workers.whole.edit("max_output_tokens: 64", "max_output_tokens: 9")
    eventually(SOON_S, lambda: {workers.ask().headers["x-colonnade-output-cap"] for _ in range(10)} == {"9"})

    workers.processes[2].kill()
    workers.processes[2].wait()
    asked = 40 + sum(workers.ask().status_code == 200 for _ in range(20))
    workers.processes[2] = workers._start(2)
    eventually(15.0, lambda: len(workers.answered()) == WORKERS)
    workers.__exit__()
    with workers.whole.ledger() as ledger:
        recorded = list(ledger.requests(0.0, time.time()))
        assert len(recorded) >= asked
        assert {request.outcome for request in recorded} == {"answered"}
        assert ledger.verify().intact
