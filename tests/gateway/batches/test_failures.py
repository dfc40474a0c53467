"""What fails is tried again within bounds, what is paid is kept, and what cannot be recorded is not released."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import pytest
from batch_world import World, row

from colonnade.errors import (
    CallError,
    DeadlineExceeded,
    InvalidRequest,
    SetupError,
    Unavailable,
    UpstreamFailed,
    UpstreamLimited,
)
from colonnade.gateway.batches import leading
from colonnade.gateway.batches.duties import Duties
from colonnade.gateway.batches.leading import MOST_TRIES, pause
from colonnade.gateway.batches.rows import Row, RowStore
from colonnade.gateway.call import Call, Forward, Reply


def tried(times: int) -> Row:
    return Row("batch_1", 1, b"{}", times, "/v1/chat/completions", "anna", 0.0)


@dataclass
class Failing:
    """A stage that raises these errors, one a call, and then lets calls pass."""

    errors: list[CallError]
    name: str = "failing"
    calls: int = 0

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        self.calls += 1
        if self.errors:
            raise self.errors.pop()
        return await forward(call)


@dataclass
class Unwritable:
    """A journal that cannot be closed for the first so many calls."""

    fails: int
    name: str = "journal"
    ids: list[str] = field(default_factory=list)

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        reply = await forward(call)

        async def close(_: Reply) -> None:
            self.ids.append(call.id)
            if len(self.ids) <= self.fails:
                raise Unavailable("the disk is full", code="journal_unavailable")

        reply.on_close(close)
        return reply


@pytest.fixture
def at_once(monkeypatch):
    """Pauses between tries are as good as none."""
    monkeypatch.setattr(leading, "_THROTTLED_S", 0.01)
    monkeypatch.setattr(leading, "_LONGEST_PAUSE_S", 0.01)


def test_what_is_throttled_waits_as_long_as_it_is_asked_to_and_does_not_count():
    error = UpstreamLimited("slow down", retry_after_s=7.0)
    assert pause(tried(99), error, counted=False) == 7.0
    assert 2.5 <= (pause(tried(99), Unavailable("full"), counted=False) or 0.0) <= 5.0


@pytest.mark.parametrize("error", [UpstreamFailed("cut"), DeadlineExceeded("late")])
def test_what_fails_is_tried_four_times_with_growing_pauses(error: CallError):
    pauses = [pause(tried(times), error, counted=True) for times in range(MOST_TRIES)]
    assert pauses[-1] is None
    assert [low <= seconds <= 2 * low for low, seconds in zip((0.5, 2.0, 8.0), pauses[:-1], strict=True)] == [
        True
    ] * 3


def test_what_is_refused_is_not_tried_again():
    assert pause(tried(0), InvalidRequest("no"), counted=True) is None


def test_a_row_is_tried_again_until_it_is_answered(world, at_once):
    failing = Failing(
        [UpstreamFailed("cut", code="upstream_cut"), UpstreamLimited("slow", retry_after_s=0.01)]
    )
    started: World = world(before=[failing])
    batch = started.over(started.create([row(1)]).id)
    assert (batch.status, batch.request_counts.completed) == ("completed", 1)
    assert failing.calls == 3


def test_a_row_that_keeps_failing_is_an_error_row_that_says_why(world, at_once):
    failing = Failing([UpstreamFailed("cut", code="upstream_cut")] * 99)
    started: World = world(before=[failing])
    batch = started.over(started.create([row(1)]).id)
    assert failing.calls == MOST_TRIES
    [error] = started.lines(batch.error_file_id)
    assert error["response"]["status_code"] == 502
    assert error["response"]["body"]["error"]["code"] == "upstream_cut"


def test_what_is_throttled_is_never_given_up_before_the_deadline(world, at_once):
    failing = Failing([UpstreamLimited("slow", retry_after_s=0.01)] * (MOST_TRIES + 2))
    started: World = world(before=[failing])
    assert started.over(started.create([row(1)]).id).request_counts.completed == 1


def test_a_defect_met_by_one_row_stops_no_other(world):
    class Broken:
        name = "broken"

        async def __call__(self, call: Call, forward: Forward) -> Reply:
            if b"What is 2?" in call.body:
                raise ValueError("a defect")
            return await forward(call)

    started: World = world(before=[Broken()])
    batch = started.over(started.create([row(n) for n in range(5)]).id)
    assert (batch.request_counts.completed, batch.request_counts.failed) == (4, 1)
    [error] = started.lines(batch.error_file_id)
    assert error["response"]["body"]["error"]["code"] == "internal_error"


def test_an_answer_that_cannot_be_journaled_is_not_released(world, at_once):
    journal = Unwritable(fails=1)
    started: World = world(before=[journal])
    batch = started.over(started.create([row(1)]).id)
    assert batch.request_counts.completed == 1
    [line] = started.lines(batch.output_file_id)
    assert line["response"]["request_id"] == journal.ids[1]


def test_an_answer_that_can_never_be_journaled_is_an_error_row(world, at_once):
    journal = Unwritable(fails=99)
    started: World = world(before=[journal])
    batch = started.over(started.create([row(1)]).id)
    assert (batch.request_counts.completed, batch.request_counts.failed) == (0, 1)
    assert len(journal.ids) == MOST_TRIES
    [error] = started.lines(batch.error_file_id)
    assert error["response"]["body"]["error"]["code"] == "journal_unavailable"


def test_a_store_that_cannot_be_written_for_a_while_loses_no_row(world):
    started: World = world()
    settle, failures = started.runner.rows.settle, [2]

    def sometimes(outcomes):
        if failures[0]:
            failures[0] -= 1
            raise SetupError("the disk is full")
        settle(outcomes)

    started.runner._leading.commits._write = sometimes
    batch = started.over(started.create([row(n) for n in range(3)]).id)
    assert batch.request_counts.completed == 3
    assert failures == [0]


def test_outputs_that_could_not_be_published_are_written_again(world, monkeypatch):
    publish, failures = Duties._publish, [1]

    def sometimes(self: Duties, *arguments: object) -> bool:
        if failures[0]:
            failures[0] -= 1
            raise SetupError("the disk is full")
        return publish(self, *arguments)

    monkeypatch.setattr(Duties, "_publish", sometimes)
    started: World = world()
    batch = started.over(started.create([row(n) for n in range(3)]).id)
    assert [line["custom_id"] for line in started.lines(batch.output_file_id)] == ["row-0", "row-1", "row-2"]
    outputs = started.client().files.list(purpose="batch_output").data
    assert [file.id for file in outputs] == [batch.output_file_id]


def test_an_input_that_could_not_be_read_to_its_end_is_read_again(world, monkeypatch):
    insert, failures = RowStore.insert, [1]

    def sometimes(self: RowStore, *arguments: object) -> None:
        insert(self, *arguments)
        if failures[0]:
            failures[0] -= 1
            raise SetupError("the disk is full")

    monkeypatch.setattr(RowStore, "insert", sometimes)
    started: World = world()
    batch = started.over(started.create([row(n) for n in range(3)]).id)
    assert (batch.status, batch.request_counts.completed) == ("completed", 3)
    assert started.simulator.count == 3


def test_rows_under_way_are_finished_when_the_gateway_stops(world):
    from colonnade.workload.sections.serving import Simulation

    started: World = world(simulation=Simulation(first_byte_s=0.3, tokens_per_s=1e6, answer_tokens=4))
    made = started.create([row(n) for n in range(40)])
    while started.runner.under_way < 4:
        time.sleep(0.01)
    started.gateway.stop()
    done = list(started.runner.rows.done(made.id))
    answered = [each for each in done if each.response is not None]
    assert started.simulator.count == len(answered) < 40
    assert len(started.runner.rows.claim("next", 40, time.time() + 9)) == 40 - len(answered)
