"""Batches are made, watched, read and cancelled by the official client, over real HTTP."""

from __future__ import annotations

import time
from typing import Any

import httpx
import openai
import pytest
from batch_world import CONCURRENCY, World, begin, row

from colonnade.gateway.batches.validation import MOST_FAULTS
from colonnade.gateway.call import Call, Forward, Reply
from colonnade.workload.sections.serving import Simulation

SLOW = Simulation(first_byte_s=0.15, tokens_per_s=1_000_000.0, answer_tokens=8)


class Onlooker:
    """A stage that remembers the calls that passed."""

    name = "onlooker"

    def __init__(self) -> None:
        self.calls: list[Call] = []

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        self.calls.append(call)
        return await forward(call)


def test_every_row_is_answered_once_and_in_order(steady: World):
    before = steady.simulator.count
    made = steady.create([row(n) for n in range(30)], metadata={"purpose": "a test"})
    assert made.status in {"validating", "in_progress"}
    assert made.expires_at == made.created_at + 86_400
    batch = steady.over(made.id)
    assert batch.status == "completed"
    assert batch.metadata == {"purpose": "a test"}
    assert (batch.request_counts.total, batch.request_counts.completed, batch.request_counts.failed) == (
        30,
        30,
        0,
    )
    assert batch.error_file_id is None
    assert None not in {batch.in_progress_at, batch.finalizing_at, batch.completed_at}
    lines = steady.lines(batch.output_file_id)
    assert [line["custom_id"] for line in lines] == [f"row-{n}" for n in range(30)]
    assert {line["response"]["status_code"] for line in lines} == {200}
    assert len({line["id"] for line in lines}) == 30
    assert all(line["error"] is None and line["response"]["body"]["choices"] for line in lines)
    assert steady.simulator.count == before + 30
    output = steady.client().files.retrieve(batch.output_file_id)
    assert (output.purpose, output.filename) == ("batch_output", f"{batch.id}_output.jsonl")


def test_embeddings_run_too(steady: World):
    lines = [
        {
            "custom_id": "v",
            "method": "POST",
            "url": "/v1/embeddings",
            "body": {"model": "vectors", "input": "x"},
        }
    ]
    batch = steady.over(steady.create(lines, endpoint="/v1/embeddings").id)
    assert steady.lines(batch.output_file_id)[0]["response"]["body"]["data"][0]["embedding"]


def test_rows_are_answered_in_the_dialect_of_their_endpoint(steady: World):
    def asks(number: int, **body: Any) -> dict[str, Any]:
        known = {"model": "assistant", "input": "Hello", "store": False, **body}
        return {"custom_id": f"{number}", "method": "POST", "url": "/v1/responses", "body": known}

    made = steady.create([asks(1), asks(2, tools=[{"type": "mcp"}])], endpoint="/v1/responses")
    batch = steady.over(made.id)
    [answer] = steady.lines(batch.output_file_id)
    assert answer["response"]["body"]["object"] == "response"
    assert answer["response"]["body"]["output"]
    [error] = steady.lines(batch.error_file_id)
    assert error["response"]["body"]["error"]["param"].startswith("tools[0]")


def test_a_row_that_the_gateway_refuses_is_an_error_row_and_the_others_run(steady: World):
    lines = [row(1), row(2, max_tokens=-1), row(3)]
    batch = steady.over(steady.create(lines).id)
    assert batch.status == "completed"
    assert (batch.request_counts.completed, batch.request_counts.failed) == (2, 1)
    assert [line["custom_id"] for line in steady.lines(batch.output_file_id)] == ["row-1", "row-3"]
    [error] = steady.lines(batch.error_file_id)
    assert error["custom_id"] == "row-2"
    assert error["response"]["status_code"] == 400
    assert error["response"]["request_id"].startswith("req-")
    assert error["response"]["body"]["error"]["param"] == "max_tokens"


FAULTS: list[tuple[Any, str]] = [
    ("{not json", "invalid_json_line"),
    ({**row(2), "custom_id": "row-1"}, "duplicate_custom_id"),
    ({**row(3), "custom_id": ""}, "invalid_custom_id"),
    ({**row(4), "url": "/v1/embeddings"}, "invalid_url"),
    ({**row(5), "method": "GET"}, "invalid_method"),
    (row(6, model="nobody"), "model_not_found"),
    (row(7, model="vectors"), "unsupported_endpoint"),
    (row(8, stream=True), "invalid_request"),
    ({**row(9), "body": "text"}, "invalid_request"),
    ({"custom_id": "a"}, "invalid_line"),
]


def test_every_fault_of_every_line_is_told(steady: World):
    batch = steady.over(steady.create([row(1), *(line for line, _ in FAULTS), "", row(90)]).id)
    assert batch.status == "failed"
    assert batch.failed_at is not None
    told = batch.errors.data
    assert [each.code for each in told] == [code for _, code in FAULTS]
    assert [each.line for each in told] == list(range(2, len(FAULTS) + 2))
    assert batch.output_file_id is None
    assert batch.request_counts.total == 0
    assert "row-1" not in str(told)


@pytest.mark.parametrize(("lines", "code"), [([], "empty_file"), (["", "  "], "empty_file")])
def test_a_file_without_requests_is_told(steady: World, lines: list[str], code: str):
    batch = steady.over(steady.create(lines).id)
    assert [each.code for each in batch.errors.data] == [code]


def test_faults_are_told_up_to_a_bound(steady: World):
    batch = steady.over(steady.create(["nonsense"] * (MOST_FAULTS + 50)).id)
    assert len(batch.errors.data) == MOST_FAULTS


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"endpoint": "/v1/audio/speech"}, "endpoint"),
        ({"completion_window": "2 weeks"}, "completion_window"),
        ({"metadata": {"a": "x" * 600}}, "metadata"),
        ({"extra_body": {"start_after": time.time() + 2 * 86_400}}, "start_after"),
        ({"extra_body": {"start_after": "noon"}}, "start_after"),
        ({"extra_body": {"output_expires_after": {"anchor": "created_at", "seconds": 1}}}, "output_expires_after.seconds"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_names_the_field(steady: World, fields: dict[str, Any], param: str):
    with pytest.raises(openai.BadRequestError) as refused:
        steady.create([row(1)], **fields)
    assert refused.value.param == param


def test_the_input_file_must_be_the_callers_own_and_for_batches(steady: World):
    theirs = steady.upload([row(1)], key="bert")
    mine = steady.client().files.create(file=("x", b"{}"), purpose="user_data").id
    for file_id, error in ((theirs, openai.NotFoundError), ("file-0", openai.NotFoundError), (mine, openai.BadRequestError)):  # fmt: skip
        with pytest.raises(error):
            steady.client().batches.create(
                input_file_id=file_id, endpoint="/v1/chat/completions", completion_window="24h"
            )


def test_batches_of_others_do_not_exist(steady: World):
    batch = steady.over(steady.create([row(1)]).id)
    for key in ("bert", "solo"):
        other = steady.client(key)
        for ask in (other.batches.retrieve, other.batches.cancel):
            with pytest.raises(openai.NotFoundError):
                ask(batch.id)
        with pytest.raises(openai.NotFoundError):
            other.files.content(batch.output_file_id)
        assert batch.id not in {each.id for each in other.batches.list()}
    assert steady.client("alma").batches.retrieve(batch.id).id == batch.id


def test_lists_are_paged_newest_first(world):
    started = world(runs=False)
    made = [started.create([row(1)]).id for _ in range(5)]
    assert [batch.id for batch in started.client().batches.list(limit=2)] == made[::-1]
    page = started.client().batches.list(limit=2, after=made[2])
    assert ([batch.id for batch in page.data], page.has_more) == ([made[1], made[0]], False)


def test_a_cancelled_batch_keeps_what_was_paid_and_names_the_rest(world):
    started = world(simulation=SLOW)
    made = started.create([row(n) for n in range(40)])
    while not started.client().batches.retrieve(made.id).request_counts.completed:
        time.sleep(0.01)
    assert started.client().batches.cancel(made.id).status == "cancelling"
    assert started.client().batches.cancel(made.id).status in {"cancelling", "cancelled"}
    batch = started.over(made.id)
    assert batch.status == "cancelled"
    assert batch.cancelling_at is not None
    counts = batch.request_counts
    assert 0 < counts.completed < 40
    assert counts.completed + counts.failed == 40
    assert len(started.lines(batch.output_file_id)) == counts.completed == started.simulator.count
    errors = started.lines(batch.error_file_id)
    assert len(errors) == counts.failed
    assert {line["error"]["code"] for line in errors} == {"batch_cancelled"}
    with pytest.raises(openai.BadRequestError) as refused:
        started.client().batches.cancel(made.id)
    assert refused.value.code == "batch_not_cancellable"


def test_before_its_first_row_a_batch_is_cancelled_at_once(world):
    started = world(runs=False)
    made = started.create([row(1)])
    assert started.client().batches.cancel(made.id).status == "cancelled"


def test_a_batch_that_is_out_of_time_says_so_row_by_row(world):
    started = world(simulation=SLOW)
    made = started.create([row(n) for n in range(40)], completion_window="1h")
    while not started.client().batches.retrieve(made.id).request_counts.completed:
        time.sleep(0.01)
    started.jump(3601.0)
    batch = started.over(made.id)
    assert batch.status == "expired"
    errors = started.lines(batch.error_file_id)
    assert {line["error"]["code"] for line in errors} == {"batch_expired"}
    assert len(errors) + len(started.lines(batch.output_file_id)) == 40
    assert started.batches.get(None, batch.id).missed == len(errors) > 0


def test_a_batch_that_was_complete_in_time_is_completed(world):
    started = world()
    batch = started.over(started.create([row(1)], completion_window="8h").id)
    started.jump(9 * 3600.0)
    assert started.client().batches.retrieve(batch.id).status == "completed"


def test_a_row_may_be_asked_to_wait(world):
    started = world()
    made = started.create([row(1)], extra_body={"start_after": time.time() + 1800.0})
    started.until(made.id, ("in_progress",))
    time.sleep(0.2)
    assert started.simulator.count == 0
    started.jump(1801.0)
    assert started.over(made.id).status == "completed"


def test_a_revoked_key_ends_its_batch_with_error_rows(world):
    started = world(simulation=SLOW)
    made = started.create([row(n) for n in range(40)])
    while not started.client().batches.retrieve(made.id).request_counts.completed:
        time.sleep(0.01)
    del started.known["anna"]
    batch = started.over(made.id, key="alma")
    assert batch.status == "failed"
    assert [each.code for each in batch.errors.data] == ["key_revoked"]
    errors = started.lines(batch.error_file_id, key="alma")
    assert {line["error"]["code"] for line in errors} == {"key_revoked"}
    done = started.lines(batch.output_file_id, key="alma")
    assert len(done) == started.simulator.count < 40
    assert len(done) + len(errors) == 40


def test_rows_are_deferrable_calls_of_the_batch(world):
    onlooker = Onlooker()
    started = world(before=[onlooker])
    batch = started.over(started.create([row(7)]).id)
    [call] = onlooker.calls
    assert (call.batch, call.urgency, call.identity) == (batch.id, "deferrable", started.known["anna"])
    assert call.decisions[0].stage == "batch"
    assert call.decisions[0].what.startswith(f"row 1 of {batch.id}, waited ")
    assert started.lines(batch.output_file_id)[0]["response"]["request_id"] == call.id


def test_rows_wait_while_interactive_calls_leave_no_room(world):
    started = world(yield_at=2)
    started.runner.pressure.metrics.in_flight += 2
    made = started.create([row(n) for n in range(4)])
    started.until(made.id, ("in_progress",))
    time.sleep(0.3)
    assert started.simulator.count == 0
    started.runner.pressure.metrics.in_flight -= 1
    assert started.over(made.id).status == "completed"
    assert started.batches.get(None, made.id).longest_wait_s > 0.2


def test_no_more_rows_than_places_run_at_once(world):
    running, most = [0], [0]

    class Counting:
        name = "counting"

        async def __call__(self, call: Call, forward: Forward) -> Reply:
            running[0] += 1
            most[0] = max(most[0], running[0])
            try:
                return await forward(call)
            finally:
                running[0] -= 1

    started = world(before=[Counting()], simulation=SLOW)
    started.over(started.create([row(n) for n in range(17)]).id)
    assert most[0] == CONCURRENCY


def test_several_workers_share_a_batch(world):
    first = world(simulation=SLOW)
    second = begin(first.store.state, simulation=SLOW)
    try:
        batch = first.over(first.create([row(n) for n in range(40)]).id)
        counts = first.simulator.count, second.simulator.count
        assert sum(counts) == batch.request_counts.completed == 40
        assert min(counts) >= 4
        assert second.client().batches.retrieve(batch.id) == batch
    finally:
        second.stop()


def test_the_most_urgent_batch_runs_first(world):
    onlooker = Onlooker()
    started = world(before=[onlooker])
    started.runner.pressure.metrics.in_flight += 1000
    late = started.create([row(n) for n in range(8)])
    soon = started.create([row(n) for n in range(8)], completion_window="1h")
    for batch in (late, soon):
        started.until(batch.id, ("in_progress",))
    started.runner.pressure.metrics.in_flight -= 1000
    for batch in (late, soon):
        started.over(batch.id)
    assert [call.batch for call in onlooker.calls] == [soon.id] * 8 + [late.id] * 8


def test_a_tenant_has_so_many_batches_at_once(world, monkeypatch):
    from colonnade.gateway.batches import store

    monkeypatch.setattr(store, "MOST_ACTIVE", 2)
    started = world(runs=False)
    for _ in range(2):
        started.create([row(1)])
    with pytest.raises(openai.BadRequestError) as refused:
        started.create([row(1)])
    assert refused.value.code == "too_many_batches"
    started.create([row(1)], key="bert")


def test_without_a_key_or_with_another_method_there_is_nothing(steady: World):
    url = steady.gateway.url
    assert httpx.get(f"{url}/v1/batches").status_code == 401
    assert httpx.delete(f"{url}/v1/batches/batch_1").status_code == 405
    assert httpx.get(f"{url}/v1/batches/batch_1/cancel").status_code == 405
    assert httpx.get(f"{url}/v1/batches/batch_1/rows").status_code == 404
    headers = {"authorization": "Bearer anna"}
    answer = httpx.post(f"{url}/v1/batches", content=b"x" * 70_000, headers=headers)
    assert answer.status_code == 413
    for content in (b"{", b"{}", b"[]", b'{"input_file_id": 7}'):
        assert httpx.post(f"{url}/v1/batches", content=content, headers=headers).status_code == 400
