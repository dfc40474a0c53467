"""Hosts that count together in a real Valkey or PostgreSQL: never beyond a cap, nothing lost, closed when it is away."""

from __future__ import annotations

import asyncio
import time

import pytest
from stores import postgresql_server, valkey_server

from colonnade.cost.counting import hosts
from colonnade.cost.counting.counter import Hold, Refused
from colonnade.cost.counting.counters import Counters
from colonnade.cost.counting.hosts import ManyHosts
from colonnade.cost.counting.postgresql_shelf import PostgresqlShelf
from colonnade.cost.counting.span import Calendar, Sliding, Standing
from colonnade.cost.counting.valkey_shelf import ValkeyShelf

pytestmark = pytest.mark.slow

KINDS = {"valkey": (valkey_server, ValkeyShelf), "postgresql": (postgresql_server, PostgresqlShelf)}


@pytest.fixture(scope="module", params=list(KINDS))
def store(request, tmp_path_factory):
    """A server of each kind, and how a host gets at it."""
    started, shelf = KINDS[request.param]
    if request.param == "valkey":
        pytest.importorskip("valkey", reason="needs the package valkey")
    else:
        pytest.importorskip("psycopg", reason="needs the package psycopg")
    with started(tmp_path_factory.mktemp(request.param)) as (server, url):
        yield server, lambda: shelf(url)


@pytest.fixture
def host(store, request):
    """Makes a host of this test: another one each time."""
    return lambda: Counters(ManyHosts(store[1](), f"{request.node.name}/"))


async def every(counters, *, close=True):
    for each in counters:
        await (each.close() if close else each.tend())


async def test_no_window_holds_more_than_its_cap_however_many_hosts_ask(host):
    hosts_ = [host() for _ in range(4)]
    for each in hosts_:
        await each.tend()
    counted = [each.counter("limit", Sliding(60.0), 500) for each in hosts_]

    async def ask(counter):
        found = [await counter.reserve(1, time.monotonic()) for _ in range(300)]
        return sum(isinstance(it, Hold) for it in found)

    granted = await asyncio.gather(*(ask(counter) for counter in counted))
    # All asked for more than there is: only what idle leases of others hold may be left, a sixteenth at most.
    assert 500 - 500 // 16 <= sum(granted) <= 500
    await every(hosts_, close=False)
    await every(hosts_, close=False)
    more = [await counted[0].reserve(1, time.monotonic()) for _ in range(500)]
    assert sum(granted) + sum(isinstance(it, Hold) for it in more) == 500
    assert isinstance(more[-1], Refused)
    assert 0 < more[-1].retry_after_s <= 61
    await every(hosts_)


async def test_a_budget_is_settled_and_each_mark_is_told_by_one_host_only(host):
    told = []
    hosts_ = [host() for _ in range(3)]
    budgets = [
        each.counter(
            "budget", Calendar("day"), 1000, marks=(500, 800), heard=lambda number, given: told.append(number)
        )
        for each in hosts_
    ]
    for number in range(45):
        hold = await budgets[number % 3].reserve(40, time.monotonic())
        assert isinstance(hold, Hold)
        hold.settle(20)
        await every(hosts_, close=False)
    assert sorted(told) == [0, 1]
    assert isinstance(await budgets[0].reserve(200, time.monotonic()), Refused)
    assert sorted(told) == [0, 1, 2]
    held = await budgets[1].reserve(90, time.monotonic())
    assert isinstance(held, Hold)
    held.release()
    await every(hosts_)


async def test_calls_at_once_end_with_a_host_that_is_not_heard_of(host, monkeypatch):
    monkeypatch.setattr("colonnade.cost.counting.standing.GONE_S", 0.6)
    monkeypatch.setattr(hosts, "REFRESH_S", 0.1)
    alive, dies = host(), host()
    ours, theirs = (each.counter("at once", Standing(), 3) for each in (alive, dies))
    mine = await ours.reserve(1, time.monotonic())
    for _ in range(2):
        assert isinstance(await theirs.reserve(1, time.monotonic()), Hold)
    assert isinstance(await ours.reserve(1, time.monotonic()), Refused)
    deadline, got = time.monotonic() + 10, None
    while time.monotonic() < deadline and not isinstance(got, Hold):
        await alive.tend()
        got = await ours.reserve(1, time.monotonic())
        await asyncio.sleep(0.1)
    assert isinstance(got, Hold)
    assert isinstance(await ours.reserve(1, time.monotonic()), Hold)
    assert isinstance(await ours.reserve(1, time.monotonic()), Refused), (
        "the one of the host that lives still counts"
    )
    assert isinstance(mine, Hold)
    await alive.close()


async def test_leases_are_fetched_ahead_of_need(host):
    one = host()
    counter = one.counter("ahead", Sliding(600.0), 160_000)
    assert isinstance(await counter.reserve(1, time.monotonic()), Hold)
    waits = 0
    for number in range(20_000):
        if counter.hold(1, time.monotonic()) is None:
            waits += 1
            assert isinstance(await counter.reserve(1, time.monotonic()), Hold)
        if number % 100 == 0:
            await asyncio.sleep(0.005)
    assert waits <= 1, "four leases were used, and the caller hardly ever had to wait for one"
    await one.close()


async def test_a_caller_who_leaves_while_a_lease_is_fetched_loses_nothing(host):
    one = host()
    counter = one.counter("left", Calendar("month"), 100)
    for _ in range(30):
        asking = asyncio.create_task(counter.reserve(10, time.monotonic()))
        await asyncio.sleep(0.0005)
        asking.cancel()
        answer = (await asyncio.gather(asking, return_exceptions=True))[0]
        if isinstance(answer, Hold):
            answer.release()
    await asyncio.sleep(0.1)
    await one.tend()
    assert isinstance(await counter.reserve(100, time.monotonic()), Hold)
    await one.close()


async def test_while_the_store_is_away_the_lease_is_used_up_and_then_nothing_is_granted(store, host):
    server, _ = store
    one = host()
    counter = one.counter("away", Calendar("day"), 16_000)
    assert isinstance(await counter.reserve(1, time.monotonic()), Hold)
    await asyncio.to_thread(server.stop)
    try:
        granted = 0
        while isinstance(found := await counter.reserve(1, time.monotonic()), Hold):
            granted += 1
        assert found.away
        assert 900 <= granted <= 1000, "a sixteenth of what was left was leased here"
        began = time.monotonic()
        for _ in range(50):
            assert (await counter.reserve(1, time.monotonic())).away
        assert time.monotonic() - began < 0.5, "calls do not wait for a store that is known to be away"
    finally:
        await asyncio.to_thread(server.start)
        await asyncio.sleep(1.5)
    assert isinstance(await counter.reserve(1, time.monotonic()), Hold), "it is back, and counting goes on"
    await one.close()
