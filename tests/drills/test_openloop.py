"""Arrivals have the statistics that they claim, and no call waits for another one's answer."""

from __future__ import annotations

import asyncio
import random
from statistics import mean, pvariance

import pytest

from colonnade.drills.openloop import bursts, evenly, open_loop, poisson
from colonnade.drills.quantiles import quantile

PER_S, SECONDS = 50.0, 2_000.0


def counts(moments: list[float], width_s: float = 10.0) -> list[int]:
    found = [0] * int(SECONDS / width_s)
    for moment in moments:
        found[int(moment / width_s)] += 1
    return found


def dispersion(moments: list[float]) -> float:
    found = counts(moments)
    return pvariance(found) / mean(found)


def test_poisson_arrivals_have_their_rate_and_know_nothing_of_each_other():
    moments = list(poisson(PER_S, SECONDS, random.Random(1)))
    assert len(moments) / SECONDS == pytest.approx(PER_S, rel=0.02)
    assert dispersion(moments) == pytest.approx(1.0, abs=0.3)


@pytest.mark.parametrize("burstiness", [1.0, 4.0])
def test_gamma_arrivals_keep_the_rate_and_come_in_bursts(burstiness):
    moments = list(bursts(PER_S, SECONDS, burstiness, random.Random(2)))
    assert len(moments) / SECONDS == pytest.approx(PER_S, rel=0.05)
    assert dispersion(moments) == pytest.approx(burstiness, rel=0.35)


def test_even_arrivals():
    assert list(evenly(4.0, 1.0)) == [0.0, 0.25, 0.5, 0.75]


async def test_a_call_that_hangs_holds_up_no_other():
    hanging, begun = asyncio.Event(), []

    async def call(number: int, due: float) -> int:
        begun.append(number)
        if number == 0:
            await hanging.wait()
        if number == 3:
            hanging.set()
        return number

    assert await open_loop([0.0, 0.01, 0.02, 0.03], call) == [0, 1, 2, 3]
    assert begun == [0, 1, 2, 3]


async def test_each_call_is_told_when_it_was_due():
    began = asyncio.get_running_loop().time()

    async def call(_: int, due: float) -> float:
        return due - began

    assert await open_loop([0.0, 0.02], call, began) == pytest.approx([0.0, 0.02], abs=1e-6)


async def test_a_loop_that_is_cancelled_cancels_its_calls():
    cancelled = asyncio.Event()

    async def call(_: int, __: float) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    task = asyncio.create_task(open_loop([0.0, 60.0], call))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(cancelled.wait(), 20)


def test_quantiles_of_few_values_are_open_on_a_side():
    found = quantile([1.0, 2.0, 3.0], 0.95)
    assert found is not None
    assert (found.value, found.upper) == (3.0, None)
    assert quantile([], 0.5) is None


def test_the_interval_holds_the_true_quantile_in_nineteen_of_twenty_samples():
    draw, held, rounds = random.Random(3), 0, 400
    for _ in range(rounds):
        found = quantile([draw.random() for _ in range(200)], 0.9)
        assert found is not None
        assert found.lower is not None
        assert found.upper is not None
        held += found.lower <= 0.9 <= found.upper
    assert held / rounds >= 0.93
