"""Two workers and their keeper, any of which is killed at any moment: no request is lost, doubled or misnamed."""

from __future__ import annotations

import asyncio
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx
import pytest
from gateway_process import SimulatorProcess
from whole import Whole

from colonnade.evidence.request import RequestRecord

CALLERS = 9
SIMULATED = """  simulated:
    kind: simulator
    region: "local:SE"
    simulation: {seed: 1, first_byte_s: 0.0, tokens_per_s: 1000000, answer_tokens: 12}
models:
"""
TWO = """  simulated:
    kind: openai_compatible
    base_url: {first}
    region: "local:SE"
  second:
    kind: openai_compatible
    base_url: {second}
    region: "local:SE"
models:
  other:
    upstream: second
    model: simulated-other
    modalities: {{input: [text], output: [text]}}
    reason: Steps in where the first one fails.
    owner: Noor Haddad
    price: {{input_per_mtok_usd: 0.1, output_per_mtok_usd: 0.4, source: invented for tests, as_of: "2026-01-01"}}
    size: {{total_min_b: 0.5, total_max_b: 0.5, active_min_b: 0.5, active_max_b: 0.5}}
"""
SLOWLY = ("--tokens-per-s", "200", "--answer-tokens", "80")
FAILING = ("--fault", "http_503", "--share", "0.25", *SLOWLY)


@dataclass
class Heard:
    """What callers know of their calls, by id."""

    whole: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)
    begun: set[str] = field(default_factory=set)

    @property
    def broken(self) -> set[str]:
        """Answers that began and did not end."""
        return self.begun - self.whole - self.left


class Workers:
    """Two gateways and a keeper, as `colonnade up --workers 2` starts them; each can be killed and comes back."""

    def __init__(self, whole: Whole) -> None:
        self.key = whole.prepare()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        run = [sys.executable, "-m", "colonnade.assembly.process"]
        place = ["--workload", str(whole.folder)]
        serve = [*run, "gateway", *place, "--port", str(self.port), "--keeper", "--workers", "2"]
        self._commands = {
            "keeper": [*run, "keeper", *place],
            "first": [*serve, "--worker", "1"],
            "second": [*serve, "--worker", "2"],
        }
        self._running = {name: subprocess.Popen(command) for name, command in self._commands.items()}

    def end(self, name: str, how: signal.Signals) -> int:
        """End one with a signal, and start it again as the supervisor does; what it ended with."""
        self._running[name].send_signal(how)
        code = self._running[name].wait(40)
        self._running[name] = subprocess.Popen(self._commands[name])
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """As the supervisor ends them: the keeper last."""
        for name in ("first", "second", "keeper"):
            self._running[name].send_signal(signal.SIGTERM)
            self._running[name].wait(40)


@pytest.fixture
def first() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(*FAILING) as running:
        yield running


@pytest.fixture
def second() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(*SLOWLY) as running:
        yield running


@pytest.fixture
def whole(first: SimulatorProcess, second: SimulatorProcess, tmp_path: Path) -> Whole:
    planted = Whole.planted(tmp_path / "repository")
    planted.edit(SIMULATED, TWO.format(first=first.base_url, second=second.base_url))
    targets = "    targets: [{model: other, tier: 0}]\n    retry: {first_delay_s: 0.01}\n"
    planted.edit("    model: small\n    prompt: answer\n", f"    model: small\n{targets}    prompt: answer\n")
    return planted


LEAVING = {"abandoned", "answered"}
"""A caller whom a busy machine lets wait may leave when the whole answer has been written to it already."""


class Callers:
    """Ask whole, ask streamed, or leave midway, in turns, until they are told to stop."""

    def __init__(self, workers: Workers) -> None:
        self.heard = Heard()
        self._workers = workers
        self._stopping = False

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._call(number)) for number in range(CALLERS)]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopping = True
        await asyncio.gather(*self._tasks)

    async def _call(self, caller: int) -> None:
        headers = {"authorization": f"Bearer {self._workers.key}"}
        number = 0
        while not self._stopping:
            number += 1
            question = [{"role": "user", "content": f"Question {number} of caller {caller}?"}]
            body = {"model": "answer", "messages": question, "stream": number % 3 != 0}
            url = f"http://127.0.0.1:{self._workers.port}"
            async with httpx.AsyncClient(base_url=url, headers=headers, timeout=20) as client:
                with suppress(httpx.TransportError):
                    await self._hear(client, body, leave=number % 3 == 1)
            await asyncio.sleep(0.01)

    async def _hear(self, client: httpx.AsyncClient, body: dict[str, object], *, leave: bool) -> None:
        async with client.stream("POST", "/v1/chat/completions", json=body) as answer:
            if answer.status_code != 200:
                return
            self.heard.begun.add(answer.headers["x-request-id"])
            heard = b""
            async for part in answer.aiter_raw():
                heard += part
                if leave:
                    self.heard.left.add(answer.headers["x-request-id"])
                    return
        if not body["stream"] or heard.endswith(b"data: [DONE]\n\n"):
            self.heard.whole.add(answer.headers["x-request-id"])


def in_ledger(whole: Whole) -> dict[str, RequestRecord]:
    with whole.ledger() as ledger:
        found = list(ledger.requests(0.0, time.time()))
        assert ledger.verify().intact
    doubled = [name for name, times in Counter(request.id for request in found).items() if times > 1]
    assert doubled == []
    return {request.id: request for request in found}


async def kill_under_load(workers: Workers, victims: list[str], moments: random.Random) -> Heard:
    async with Callers(workers) as callers:
        await until_heard(callers)
        for victim in victims:
            await asyncio.to_thread(workers.end, victim, signal.SIGKILL)
            await asyncio.sleep(moments.uniform(0.0, 1.0))
        before = len(callers.heard.whole)
        await until_heard(callers, more_than=before + 10)
    return callers.heard


async def until_heard(callers: Callers, more_than: int = 0) -> None:
    """Somebody had an answer and somebody left, after all that was done to the workers."""
    deadline = time.monotonic() + 60
    while len(callers.heard.whole) <= more_than or not callers.heard.left:
        assert time.monotonic() < deadline, "nobody is answered any more"
        await asyncio.sleep(0.05)


def hold(whole: Whole, first: SimulatorProcess, second: SimulatorProcess, victims: list[str]) -> None:
    with Workers(whole) as workers:
        heard = asyncio.run(kill_under_load(workers, victims, random.Random(11)))
    found = in_ledger(whole)
    seen = first.seen() | second.seen()
    assert seen - found.keys() == set(), "every request that reached an upstream is in the ledger"
    outcomes = {name: found[name].outcome for name in seen}
    assert set(outcomes.values()) <= {"answered", "failed", "abandoned", "interrupted"}
    assert {outcomes[name] for name in heard.whole} == {"answered"}, "what was released was recorded before"
    assert {outcomes[name] for name in heard.left} <= LEAVING | {"interrupted"}
    assert Counter(outcomes[name] for name in heard.left)["abandoned"] > len(heard.left) / 2
    assert any(found[name].attempts > 1 for name in heard.whole), "some were tried again, and answered"
    assert list((whole.folder / ".colonnade" / "spool").rglob("*.seg")) == []


@pytest.mark.slow
def test_a_worker_and_the_keeper_are_killed(
    whole: Whole, first: SimulatorProcess, second: SimulatorProcess
) -> None:
    hold(whole, first, second, ["first", "keeper"])


@pytest.mark.slow
def test_a_worker_that_is_told_to_end_finishes_what_it_began(whole: Whole) -> None:
    """Whoever was being answered is answered to the end; newcomers come to the other worker."""

    async def told_to_end(workers: Workers) -> Heard:
        async with Callers(workers) as callers:
            await until_heard(callers)
            for name in ("first", "second"):
                await until_heard(callers, more_than=len(callers.heard.whole) + 30)
                assert await asyncio.to_thread(workers.end, name, signal.SIGTERM) == 0
            await until_heard(callers, more_than=len(callers.heard.whole) + 30)
        return callers.heard

    with Workers(whole) as workers:
        heard = asyncio.run(told_to_end(workers))
    assert heard.broken == set()
    found = in_ledger(whole)
    assert {found[name].outcome for name in heard.whole} == {"answered"}
    assert {found[name].outcome for name in heard.left} <= LEAVING


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_thirty_kills_of_anybody(whole: Whole, first: SimulatorProcess, second: SimulatorProcess) -> None:
    chosen = random.Random(5)
    hold(whole, first, second, [chosen.choice(["keeper", "first", "second"]) for _ in range(30)])
