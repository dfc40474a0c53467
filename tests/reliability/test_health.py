"""Upstreams are looked at without a call, and every change of a breaker reaches the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from fleets import QUICK_BREAKER, World, eventually
from running import http_upstream, run_simulator

from colonnade.errors import SetupError
from colonnade.evidence.change import Change
from colonnade.evidence.ledger import Ledger
from colonnade.gateway.exposition import render
from colonnade.gateway.metrics import Metrics
from colonnade.gateway.upstream.openai_compatible import OpenAICompatible
from colonnade.reliability.breaker import Transition
from colonnade.reliability.fleet import Fleet
from colonnade.reliability.health import Lookout
from colonnade.reliability.transitions import Transitions
from colonnade.store import open_store

Make = Callable[..., World]


async def test_an_upstream_that_is_gone_and_comes_back_is_noticed_without_a_call(make: Make) -> None:
    world = make({"sim": {}})
    condition = world.fleet.upstreams["sim"]
    server, simulator = run_simulator()
    upstream: OpenAICompatible = http_upstream(server.url)
    lookout = Lookout(world.fleet.upstreams, {"sim": upstream}, every_s=0.02)
    task = asyncio.create_task(lookout.forever())
    await asyncio.sleep(0.1)
    assert condition.ailment == ""
    await asyncio.to_thread(server.stop)
    await _until(lambda: bool(condition.ailment))
    assert condition.ailment == "a connection: upstream_unreachable"
    assert simulator.count == 0
    task.cancel()
    await upstream.close()
    back, _ = run_simulator()
    reached = http_upstream(back.url)
    await Lookout(world.fleet.upstreams, {"sim": reached}).look()
    assert condition.ailment == ""
    await reached.close()
    await asyncio.to_thread(back.stop)


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - nothing tells a test
            await asyncio.sleep(0.01)


class Broken:
    name = "broken"

    async def ready(self) -> str | None:
        raise ValueError("cannot even say so")


async def test_one_that_cannot_even_say_so_is_not_ready(make: Make) -> None:
    conditions = make({"sim": {}}).fleet.upstreams
    await Lookout(conditions, {"sim": Broken()}, every_s=0.0).look()  # type: ignore[dict-item]
    assert conditions["sim"].ailment == "ValueError"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    store = open_store(tmp_path)
    yield Ledger(store)
    store.close()


async def test_transitions_reach_the_ledger(ledger: Ledger, make: Make) -> None:
    metrics = Metrics()
    transitions = Transitions(ledger.append_change, metrics.count)
    world = make({"only": {}}, {"retry": {"attempts": 1}})
    world.fleet.targets["only"].breaker.told = transitions.told

    def outage() -> None:
        world.fault("only", "http_500")
        for _ in range(4):
            world.ask()
        world.fault("only")
        eventually(lambda: world.ask().status_code == 200)

    await asyncio.to_thread(outage)
    await _until(lambda: len(ledger.changes(kind="breaker", name="only")) == 3)
    written = ledger.changes(kind="breaker", name="only")
    assert [(each.before, each.after, each.reason) for each in written] == [
        ("closed", "open", "server"),
        ("open", "half_open", "server"),
        ("half_open", "closed", "server"),
    ]
    shown = render({"": metrics}).decode()
    for state in ("open", "half_open", "closed"):
        assert f'colonnade_breaker_transitions_total{{target="only",to="{state}"}} 1\n' in shown
    assert QUICK_BREAKER["open_s"] * 0.9 < written[1].at - written[0].at


async def test_what_cannot_be_written_is_written_with_the_next() -> None:
    written: list[Change] = []
    full = [True, False, False]

    def append(change: Change) -> None:
        if full.pop(0):
            raise SetupError("the disk is full")
        written.append(change)

    transitions = Transitions(append, actor="test")
    transitions.told(Transition("small", "closed", "open", "server", 1.0))
    await asyncio.sleep(0.05)
    assert written == []
    transitions.told(Transition("small", "open", "half_open", "server", 2.0))
    await _until(lambda: len(written) == 2)
    assert [each.after for each in written] == ["open", "half_open"]


def test_an_upstream_that_did_not_change_keeps_its_gate_and_what_was_found(make: Make) -> None:
    world = make({"first": {}, "second": {}})
    world.fleet.upstreams["first"].gate.under_way = 3
    world.fleet.upstreams["first"].ailment = "a connection"
    after = Fleet.of(world.specification, before=world.fleet)
    assert after.upstreams["first"].gate is world.fleet.upstreams["first"].gate
    assert after.upstreams["first"].ailment == "a connection"


def test_an_open_breaker_stays_open_when_the_folder_changes(make: Make) -> None:
    world = make({"first": {}, "second": {}})
    breaker = world.fleet.targets["first"].breaker
    breaker.failed("quota", world.fleet.clock())
    after = Fleet.of(world.specification, before=world.fleet)
    assert [target.breaker.closed for target in after.targets.values()] == [False, True]
    assert after.targets["first"].breaker.cause == "quota"
