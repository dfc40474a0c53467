"""A gate lets in as many as an upstream can bear; the rest wait by urgency, or are refused when waiting cannot help."""

from __future__ import annotations

import asyncio

import pytest

from colonnade.errors import Overloaded
from colonnade.gateway.call import Urgency
from colonnade.reliability.adaptive import AdaptiveLimit
from colonnade.reliability.admission import Gate
from colonnade.workload.sections.serving import Admission


def gate_of(workers: int = 1, **limits: float) -> Gate:
    return Gate.of("sim", Admission(**{"concurrency": 1, "queue": 2, "queue_s": 1.0, **limits}), workers)


def waiting(gate: Gate, urgency: Urgency = "interactive", within_s: float = 1.0) -> asyncio.Task[None]:
    now = asyncio.get_running_loop().time()
    return asyncio.ensure_future(gate.wait(urgency, now, now + within_s))


async def test_turns_are_given_in_the_order_of_arrival() -> None:
    gate = gate_of()
    assert gate.enter()
    assert not gate.enter()
    first, second = waiting(gate), waiting(gate)
    await asyncio.sleep(0)
    gate.leave(0.1)
    await first
    assert (second.done(), gate.under_way, gate.waiting) == (False, 1, 1)
    gate.leave(0.1)
    await second
    gate.leave(0.1)
    assert (gate.under_way, gate.waiting) == (0, 0)


async def test_interactive_calls_go_first_and_push_deferrable_ones_out() -> None:
    gate, counted = gate_of(), []
    gate.count = lambda name, **labels: counted.append((name, labels))
    gate.enter()
    patient, youngest = waiting(gate, "deferrable"), waiting(gate, "deferrable")
    await asyncio.sleep(0)
    urgent = waiting(gate)
    with pytest.raises(Overloaded) as caught:
        await youngest
    assert caught.value.code == "queue_full"
    gate.leave(0.0)
    await urgent
    assert not patient.done()
    gate.leave(0.0)
    await patient
    assert counted == [("colonnade_shed_total", {"upstream": "sim", "reason": "queue_full"})]


async def test_a_deferrable_call_pushes_nobody_out() -> None:
    gate = gate_of(queue=1)
    gate.enter()
    held = waiting(gate, "deferrable")
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await waiting(gate, "deferrable")
    held.cancel()


async def test_a_call_that_cannot_make_its_deadline_is_refused_at_once() -> None:
    gate = gate_of()
    gate.enter()
    gate.leave(0.5)
    gate.enter()
    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(Overloaded) as caught:
        await gate.wait("interactive", began, began + 0.3)
    assert loop.time() - began < 0.05
    assert (caught.value.code, caught.value.status) == ("no_turn_in_time", 503)
    assert caught.value.retry_after_s >= 0.5


async def test_a_wait_ends_when_the_longest_is_over() -> None:
    gate = gate_of(queue_s=0.05)
    gate.enter()
    with pytest.raises(Overloaded) as caught:
        await waiting(gate)
    assert caught.value.code == "no_turn_in_time"
    assert gate.waiting == 0


async def test_one_who_leaves_the_queue_or_its_turn_leaves_no_trace() -> None:
    gate = gate_of()
    gate.enter()
    gone, stays = waiting(gate), waiting(gate)
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    gate.leave(0.0)
    await stays
    late = waiting(gate)
    await asyncio.sleep(0)
    gate.leave(0.0)  # the turn comes and is not looked at before its caller is gone
    late.cancel()
    await asyncio.gather(late, return_exceptions=True)
    assert (gate.under_way, gate.waiting) == (0, 0)


@pytest.mark.parametrize(("workers", "most"), [(1, 10), (3, 4), (20, 1)])
def test_workers_share_an_upstream(workers: int, most: int) -> None:
    assert gate_of(workers, concurrency=10).limit == most


def answers(limit: AdaptiveLimit, seconds: float, count: int) -> float:
    for _ in range(count):
        limit.observe(seconds, under_way=int(limit.limit), well=True)
    return limit.limit


def test_the_limit_grows_while_answers_take_as_long_as_ever_and_no_further_than_most() -> None:
    limit = AdaptiveLimit(64)
    assert limit.limit == 16
    assert answers(limit, 0.1, 200) == 64


def test_the_limit_shrinks_when_answers_take_longer_and_comes_back() -> None:
    limit = AdaptiveLimit(64)
    answers(limit, 0.1, 200)
    assert answers(limit, 0.5, 30) < 30
    assert answers(limit, 0.1, 300) == 64


def test_the_limit_shrinks_with_failures_but_never_below_one() -> None:
    limit = AdaptiveLimit(64)
    for _ in range(100):
        limit.observe(0.1, under_way=10, well=False)
    assert limit.limit == 1.0


def test_little_traffic_tells_nothing_of_the_limit() -> None:
    limit = AdaptiveLimit(64)
    for _ in range(100):
        limit.observe(0.1, under_way=1, well=True)
    assert limit.limit == 16


async def test_a_gate_follows_its_limit() -> None:
    gate = Gate.of("sim", Admission(concurrency=40, adaptive=True), 1)
    assert gate.limit == 10
    for _ in range(50):
        gate.learn(0.1, well=False)
    assert gate.limit == 1
