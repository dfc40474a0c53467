"""Rows that a provider's batch interface takes are in one job each, come home one by one, and are never paid twice."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from batch_world import LANE, QUICK, World, begin, row
from running import http_upstream, run_simulator

from colonnade.errors import CallError, UpstreamFailed
from colonnade.gateway.batches.handing import Handing
from colonnade.gateway.upstream.handed.lane import Pace
from colonnade.gateway.upstream.handed.upstream import HandingOver
from colonnade.gateway.upstream.interface import Ask

PACE = Pace(gather_s=0.2, rows=1000, poll_s=0.05)


class Provider:
    """A simulator over HTTP, and upstreams that lead to it as workers have them."""

    def __init__(self) -> None:
        self.server, self.simulator = run_simulator(QUICK)

    def upstream(self, pace: Pace = PACE, tag: str = "w/rehearsal") -> HandingOver:
        return HandingOver(http_upstream(self.server.url), tag, pace)

    def set(self, **changes: Any) -> None:
        self.simulator.simulation = QUICK.model_copy(update=changes)

    async def begins(self) -> None:
        """Return when there is a job."""
        for _ in range(1000):
            if self.simulator.batches.jobs:
                return
            await asyncio.sleep(0.01)
        raise AssertionError("nothing was handed over")

    @property
    def begun(self) -> Counter[str]:
        """How often each row was put into a job."""
        return Counter(self.simulator.batches.begun)


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    yield made
    made.server.stop()


def asking(name: str, text: str = "x", **fields: Any) -> Ask:
    request = {"model": "m", "messages": [{"role": "user", "content": text}], **fields}
    return Ask(
        "/chat/completions", msgspec.json.encode(request), False, 0.0, "req", first_byte_by=1.0, request=request, row=name,
    )  # fmt: skip


async def test_rows_that_come_together_are_one_job(provider: Provider) -> None:
    upstream = provider.upstream()
    answers = await asyncio.gather(*(upstream.ask(asking(f"b-{n}", f"What is {n}?")) for n in range(1, 21)))
    assert {json.loads(answer.body)["object"] for answer in answers} == {"chat.completion"}
    assert len({answer.body for answer in answers}) == 20
    assert (len(provider.simulator.batches.jobs), provider.simulator.count) == (1, 20)
    [job] = provider.simulator.batches.jobs.values()
    assert (job["metadata"], job["endpoint"]) == ({"colonnade": "w/rehearsal"}, "/v1/chat/completions")
    await upstream.close()


async def test_a_job_holds_no_more_rows_than_it_may(provider: Provider) -> None:
    upstream = provider.upstream(Pace(gather_s=5.0, rows=4, poll_s=0.05))
    began = time.monotonic()
    await asyncio.gather(*(upstream.ask(asking(f"b-{n}")) for n in range(8)))
    assert time.monotonic() - began < 4.5, "full jobs wait for nobody"
    assert len(provider.simulator.batches.jobs) == 2
    await upstream.close()


async def test_calls_that_are_no_rows_are_asked_at_once(provider: Provider) -> None:
    upstream = provider.upstream(Pace(gather_s=60.0))
    answer = await asyncio.wait_for(upstream.ask(msgspec.structs.replace(asking(""), first_byte_by=0.0)), 10)
    assert json.loads(answer.body)["choices"]
    assert provider.simulator.batches.jobs == {}
    await upstream.close()


async def test_a_row_that_the_provider_refused_has_its_error(provider: Provider) -> None:
    provider.set(fault="context_length", fault_share=1.0)
    upstream = provider.upstream()
    with pytest.raises(CallError) as refused:
        await upstream.ask(asking("b-1"))
    assert (refused.value.status, refused.value.code) == (400, "context_length_exceeded")
    await upstream.close()


@pytest.mark.parametrize("ending", ["failed", "expired", "cancelled"])
async def test_rows_of_a_job_that_ended_without_them_may_be_handed_over_again(
    provider: Provider, ending: str
) -> None:
    upstream = provider.upstream()
    provider.simulator.batches.ending = ending
    with pytest.raises(CallError) as refused:
        await upstream.ask(asking("b-1"))
    assert (refused.value.code, refused.value.retryable) == (f"upstream_batch_{ending}", True)
    provider.simulator.batches.ending = "completed"
    assert (await upstream.ask(asking("b-1"))).status == 200
    assert provider.begun == {"b-1": 2}
    await upstream.close()


async def test_a_worker_that_was_killed_leaves_its_rows_to_be_found(provider: Provider) -> None:
    provider.set(batch_s=1.0)
    killed = provider.upstream()
    lost = [asyncio.ensure_future(killed.ask(asking(f"b-{n}"))) for n in range(5)]
    await provider.begins()
    for task in lost:
        task.cancel()
    await killed.close()  # it hears of nothing any more
    again = provider.upstream()
    answers = await asyncio.gather(*(again.ask(asking(f"b-{n}")) for n in range(8)))
    assert all(answer.status == 200 for answer in answers)
    assert provider.begun == {f"b-{n}": 1 for n in range(8)}, "no row is in two jobs"
    await again.close()


async def test_a_job_of_which_nobody_heard_that_it_began_is_found_by_its_metadata(provider: Provider) -> None:
    """The provider took the job, and the answer was lost on the way."""
    upstream = provider.upstream()
    desk = upstream._lane._desk
    took, lost = desk.begin, []

    async def begin_and_lose(file_id: str, endpoint: str) -> Any:
        job = await took(file_id, endpoint)
        if not lost:
            lost.append(job)
            raise UpstreamFailed("cut", code="upstream_cut")
        return job

    desk.begin = begin_and_lose  # type: ignore[method-assign]
    with pytest.raises(CallError):
        await upstream.ask(asking("b-1"))
    assert (await upstream.ask(asking("b-1"))).status == 200
    assert provider.begun == {"b-1": 1}
    await upstream.close()


async def test_jobs_of_others_at_the_same_account_are_left_alone(provider: Provider) -> None:
    mine, other = provider.upstream(tag="one/production"), provider.upstream(tag="two/production")
    await other.ask(asking("b-1", "a"))
    answer = await mine.ask(asking("b-1", "b"))
    assert answer.status == 200
    assert len(provider.simulator.batches.jobs) == 2
    await mine.close()
    await other.close()


async def test_who_is_away_for_a_while_is_asked_again(provider: Provider) -> None:
    provider.set(batch_s=0.5)
    upstream = provider.upstream()
    waiting = asyncio.ensure_future(upstream.ask(asking("b-1")))
    await provider.begins()
    tell = provider.simulator.batches.tell
    provider.simulator.batches.tell = lambda path, query: None  # type: ignore[method-assign]
    await asyncio.sleep(0.8)
    assert not waiting.done()
    provider.simulator.batches.tell = tell  # type: ignore[method-assign]
    assert (await asyncio.wait_for(waiting, 10)).status == 200
    await upstream.close()


# with the runner


@pytest.fixture
def served(provider: Provider, tmp_path: Path) -> Iterator[Callable[..., World]]:
    worlds: list[World] = []

    def start(state: Path = tmp_path / "state", *, most: int = 1000) -> World:
        handing = Handing(lambda it: True, lambda: most)
        worlds.append(begin(state, upstream=provider.upstream(), handing=handing, lane=LANE))
        return worlds[-1]

    yield start
    for world in worlds:
        if world.gateway.thread.is_alive():
            world.stop()


def test_a_batch_goes_through_a_job_of_the_provider(served: Callable[..., World], provider: Provider) -> None:
    world = served()
    told = world.create([row(n) for n in range(1, 31)])
    batch = world.over(told.id)
    assert (batch.status, batch.request_counts.completed) == ("completed", 30)
    lines = world.lines(batch.output_file_id)
    assert [it["custom_id"] for it in lines] == [f"row-{n}" for n in range(1, 31)]
    assert {it["response"]["status_code"] for it in lines} == {200}
    assert provider.begun == {f"{told.id}-{n}": 1 for n in range(1, 31)}
    assert len(provider.simulator.batches.jobs) <= 3, (
        "more rows than may be asked at once are handed over together"
    )


def test_rows_that_fail_at_the_provider_are_error_rows(
    served: Callable[..., World], provider: Provider
) -> None:
    provider.set(fault="context_length", fault_share=0.5)
    world = served()
    batch = world.over(world.create([row(n) for n in range(1, 21)]).id)
    failed = world.lines(batch.error_file_id)
    assert 0 < len(failed) < 20
    assert {it["response"]["body"]["error"]["code"] for it in failed} == {"context_length_exceeded"}


def test_no_more_rows_wait_than_may_and_all_come_home(
    served: Callable[..., World], provider: Provider
) -> None:
    provider.set(batch_s=0.3)
    world = served(most=8)
    batch = world.over(world.create([row(n) for n in range(1, 25)]).id)
    assert batch.request_counts.completed == 24
    assert max(Counter(provider.begun).values()) == 1


def test_a_stop_and_a_start_hand_nothing_over_twice(
    served: Callable[..., World], provider: Provider, tmp_path: Path
) -> None:
    provider.set(batch_s=2.0)
    first = served()
    first.runner.lane = type(LANE)(lease_s=1.0, poll_s=0.05, patience_s=0.1)
    told = first.create([row(n) for n in range(1, 13)])
    deadline = time.monotonic() + 10
    while sum(provider.begun.values()) < 12:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    first.stop()
    provider.set(batch_s=0.0)
    second = served()
    batch = second.over(told.id, patience_s=30.0)
    assert (batch.status, batch.request_counts.completed) == ("completed", 12)
    assert provider.begun == {f"{told.id}-{n}": 1 for n in range(1, 13)}
