"""A gateway as people run it, before a simulated provider, and what its journal says when a client is done."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx
from gateway_process import GatewayProcess, SimulatorProcess
from whole import Quiet

from colonnade.assembly.opened import opened
from colonnade.assembly.starting import prepare
from colonnade.evidence.request import RequestRecord

HERE = Path(__file__).parent
SCRIPTS = HERE / "scripts"
LONGEST_S = 110.0
LONGEST_WAIT_S = 10.0
QUIET = {
    "PYTHONWARNINGS": "ignore",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LANGSMITH_TRACING": "false",
    "ANONYMIZED_TELEMETRY": "false",
    "NO_PROXY": "*",
}
"""What clients are told so that they stay on this machine and say nothing but their checks."""

Records = Sequence[RequestRecord]


@dataclass(frozen=True)
class Heard:
    """What a client's checks told, and what the journal holds of them: records, and answers by request."""

    checks: Mapping[str, dict[str, Any]]
    records: Records
    answers: Mapping[str, str]

    def __getitem__(self, name: str) -> dict[str, Any]:
        told = self.checks[name]
        assert "failed" not in told, f"{name}: {told['failed']}"
        return told

    def of(self, route: str) -> Records:
        return [record for record in self.records if record.route == route]

    def recorded(self, text: str, *, stream: bool) -> bool:
        """Whether the journal holds exactly this answer, given whole or in a stream."""
        return any(self.answers.get(it.id) == text for it in self.records if it.stream == stream)


class World:
    """`with` it: simulator and gateway run, each a process of its own."""

    def __init__(self, root: Path) -> None:
        self._simulator = SimulatorProcess()
        self.folder = root / "workload"
        shutil.copytree(HERE / "workload", self.folder)
        file = self.folder / "workload.yaml"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("http://127.0.0.1:9/v1", self._simulator.base_url), encoding="utf-8")
        self.key = prepare(self.folder, Quiet())[1]
        self._gateway = GatewayProcess(self.folder, _free_port())
        self.url = self._gateway.url

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        assert self._gateway.stop() == 0
        self._simulator.__exit__(*error)

    def run(self, *command: str | Path) -> Heard:
        """Run a client to its end; its lines are its checks."""
        began = time.time()
        surroundings = {**os.environ, **QUIET, "GATEWAY_URL": self.url, "GATEWAY_KEY": self.key}
        done = subprocess.run(
            list(map(str, command)), cwd=SCRIPTS, env=surroundings, capture_output=True, text=True,
            timeout=LONGEST_S, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"check"')]
        assert lines, done.stdout + done.stderr
        checks = {line.pop("check"): line for line in lines}
        return Heard(checks, *self.journal(began, left=sum(name.startswith("left") for name in checks)))

    def journal(self, since: float, *, left: int = 0) -> tuple[Records, dict[str, str]]:
        """Records and answers of every call that began since then, `left` of which were left by their callers."""
        last = self._ask()
        deadline = time.monotonic() + LONGEST_WAIT_S
        with opened(self.folder) as (_, ledger, _shelf):
            while True:
                found = {record.id: record for record in ledger.requests(since, time.time())}
                gone = sum(record.outcome == "abandoned" for record in found.values())
                if (last in found and gone >= left) or time.monotonic() > deadline:
                    break
                time.sleep(0.05)
            found.pop(last, None)
            contents = {name: ledger.content(name) for name in found}
        answers = {name: content.answer or "" for name, content in contents.items() if content is not None}
        return list(found.values()), answers

    def _ask(self) -> str:
        """One call of our own: the journal keeps the order, so what it holds when it holds this is everything before."""
        body = {"model": "answer", "messages": [{"role": "user", "content": "Are all calls recorded?"}]}
        bearer = {"authorization": f"Bearer {self.key}"}
        answer = httpx.post(f"{self.url}/v1/chat/completions", json=body, headers=bearer)
        return answer.headers["x-request-id"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
