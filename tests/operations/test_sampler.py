"""A minute of the running gateway: what passed the door, what was recorded, what was used."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from served import Served

from colonnade.evidence.minutes import Minute
from colonnade.gateway.metrics import Metrics, Row
from colonnade.operations.interaction_log import Tally
from colonnade.operations.sampler import Sampler


def counted(**outcomes: int) -> Metrics:
    metrics = Metrics()
    for outcome, calls in outcomes.items():
        metrics.rows["answer", "chat", 200, outcome] = Row(calls=calls)
    return metrics


def sampler(metrics: Metrics, tally: Tally | None = None) -> Sampler:
    return Sampler(metrics, tally or Tally(), [].append)


def test_refusals_did_not_pass_the_door():
    sample = sampler(counted(answered=5, failed=2, abandoned=1, refused=9)).sample()
    assert (sample.admitted, sample.answered, sample.failed) == (8, 5, 2)


def test_calls_without_a_route_were_refused_before_the_journal():
    metrics = counted(answered=1)
    metrics.rows["", "chat", 500, "failed"] = Row(calls=7)
    assert sampler(metrics).sample().admitted == 1


def test_what_the_journal_closed_stands_beside_it():
    sample = sampler(counted(answered=5), Tally(closed=4, render_failures=3, cache_hits=2)).sample()
    assert (sample.admitted, sample.journaled) == (5, 4)
    assert (sample.render_failures, sample.cache_hits) == (3, 2)


def test_the_process_is_really_read():
    sample = sampler(Metrics()).sample()
    assert sample.rss_mb > 1.0
    assert sample.cpu_s > 0.0
    assert sample.minute == pytest.approx(time.time() // 60, abs=1)


def test_two_samplers_of_one_process_may_be_told_apart():
    first = sampler(Metrics())
    time.sleep(1.1)
    assert first.run != sampler(Metrics()).run
    assert first.sample().run == first.run


async def test_it_samples_at_the_start_and_on_the_way_out():
    kept: list[Minute] = []
    first = threading.Event()

    def keep(minute: Minute) -> None:
        kept.append(minute)
        first.set()

    metrics = counted(answered=1)
    running = asyncio.create_task(Sampler(metrics, Tally(), keep).forever())
    assert await asyncio.to_thread(first.wait, 10)
    metrics.rows["answer", "chat", 200, "answered"].calls = 6
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert [sample.admitted for sample in kept] == [1, 6]


async def test_it_reads_the_metrics_of_a_real_gateway():
    gateway = Served()
    await gateway.ask()
    await gateway.ask(max_tokens=0, messages=[])
    metrics = gateway.app.metrics
    sample = sampler(metrics).sample()
    assert sample.answered == 1
    assert sample.in_flight == 0
