"""Whatever workers reserve, settle, release, wait for and die of: no window holds more than its cap, and nothing is lost."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from host_workers import Granted, Host
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.cost.counting.counter import Refused
from colonnade.cost.counting.span import Calendar, Sliding, Standing

WINDOW_S = 6.0
WINDOW_NS = 6_000_000_000
LONGER_NS = WINDOW_NS * 61 // 60
"""How long an amount may count at most: the documented error of the window."""

step = st.one_of(
    st.tuples(st.just("reserve"), st.integers(0, 3), st.integers(1, 60)),
    st.tuples(st.just("settle"), st.integers(0, 30), st.integers(0, 100)),
    st.tuples(st.just("wait"), st.just(0), st.integers(1, 3_000_000)),
    st.tuples(st.just("tend"), st.integers(0, 3), st.just(0)),
    st.tuples(st.just("kill"), st.integers(0, 3), st.just(0)),
)
steps = st.lists(step, min_size=1, max_size=80)


def run(scenario, span, cap, plan, workers=3):
    async def played():
        with tempfile.TemporaryDirectory() as folder:
            host = Host(Path(folder) / "counters", span, cap)
            for _ in range(workers):
                host.join()
            try:
                await scenario(host, plan)
            finally:
                host.close()

    asyncio.run(played())


async def play(host: Host, what: str, which: int, number: int, check) -> None:
    if what == "reserve":
        worker = host.alive[which % len(host.alive)]
        await check(host, worker, number, await host.reserve(worker, number))
    elif what == "settle":
        still = [each for each in host.granted if each.open and each.worker.alive]
        if still:
            chosen = still[which % len(still)]
            chosen.settle(chosen.hold.amount * number // 100)
    elif what == "wait":
        host.clock.pass_us(number)
    elif what == "tend":
        await host.alive[which % len(host.alive)].tend()
    elif len(host.alive) > 1:
        host.alive[which % len(host.alive)].kill()
        host.join()


async def window_holds(host: Host, worker, amount, found) -> None:
    assert host.counted(WINDOW_NS) <= host.cap
    if isinstance(found, Refused):
        await host.tend()  # what other workers hold idle comes home within half a second
        again = await host.reserve(worker, amount)
        if isinstance(again, Refused):
            assert host.counted(LONGER_NS) + amount > host.cap, "refused, and there was room"


@settings(max_examples=80)
@given(steps, st.integers(40, 200))
def test_no_window_ever_holds_more_than_its_cap(plan, cap):
    async def scenario(host, plan):
        for what, which, number in plan:
            await play(host, what, which, number, window_holds)
        host.clock.pass_us(LONGER_NS // 1000 + 1)
        await host.tend()
        assert isinstance(await host.reserve(host.alive[0], host.cap), Granted), "something leaked"

    run(scenario, Sliding(WINDOW_S), cap, plan)


async def held_holds(host: Host, worker, amount, found) -> None:
    held = sum(each.counted for each in host.granted if each.open and each.worker.alive)
    assert held <= host.cap
    if isinstance(found, Refused):
        await host.tend()
        again = await host.reserve(worker, amount)
        assert isinstance(again, Granted) or held + amount > host.cap


@settings(max_examples=80)
@given(steps, st.integers(5, 100))
def test_what_is_under_way_never_exceeds_its_cap_and_ends_with_its_worker(plan, cap):
    async def scenario(host, plan):
        for what, which, number in plan:
            share = 0 if what == "settle" else number  # what was under way ends
            await play(host, what, which, share, held_holds)
        for each in host.granted:
            if each.open and each.worker.alive:
                each.settle(0)
        await host.tend()
        assert isinstance(await host.reserve(host.alive[0], host.cap), Granted), "something leaked"

    run(scenario, Standing(), cap, plan)


async def day_holds(host: Host, worker, amount, found) -> None:
    assert sum(each.counted for each in host.granted) <= host.cap


@settings(max_examples=80)
@given(st.lists(step.filter(lambda it: it[0] != "wait"), max_size=80), st.integers(40, 400))
def test_no_day_ever_spends_more_than_its_budget_and_every_settled_amount_is_told(plan, cap):
    async def scenario(host, plan):
        for what, which, number in plan:
            await play(host, what, which, number, day_holds)
        await host.tend()
        found = {}

        def read(words, slot):
            found["spent"] = words[1]
            found["used"] = sum(words[3:])

        await host.alive[0].source.change(host.alive[0].counter.name, host.span, read)
        assert found["spent"] == sum(each.counted for each in host.granted if not each.open)
        # Calls that a killed worker left stay counted with what they had reserved, and nothing else does.
        assert found["used"] == sum(each.counted for each in host.granted)

    run(scenario, Calendar("day"), cap, plan)
