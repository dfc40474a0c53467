"""What an outage does: breakers open and close over real HTTP, retries stay within their share, overload is refused at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fleets import QUICK_BREAKER, World, eventually

from colonnade.reliability.budget import FLOOR_A_MINUTE

Make = Callable[..., World]
NEVER_OPENS = {"failures": 100_000, "minimum_calls": 100_000}


def together(world: World, count: int, **fields: Any) -> list[Any]:
    """So many calls at the same time, each with a body of its own."""
    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(lambda number: world.ask(f"Call {number}?", **fields), range(count)))


def test_a_breaker_opens_spares_the_target_and_closes_again(make: Make) -> None:
    world = make({"first": {}, "second": {}})
    world.fault("first", "http_500")
    for _ in range(3):
        assert world.ask().status_code == 200
    assert world.states("first") == [("closed", "open")]
    spared = world.asked("first")
    for _ in range(5):
        assert world.ask().headers["x-colonnade-attempts"] == "1"
    assert "first left alone: server" in world.story
    assert world.asked("first") == spared
    world.fault("first")
    time.sleep(QUICK_BREAKER["open_s"] + 0.01)
    assert world.ask().status_code == 200
    assert "a try whether it is well again" in world.story
    assert world.states("first")[1:] == [("open", "half_open"), ("half_open", "closed")]
    world.ask()
    assert world.tried == [("first", "")]


def test_a_call_whose_probe_fails_is_answered_elsewhere(make: Make) -> None:
    world = make({"first": {}, "second": {}})
    world.fault("first", "http_500")
    for _ in range(3):
        world.ask()
    time.sleep(QUICK_BREAKER["open_s"] + 0.01)
    assert world.ask().status_code == 200
    assert world.tried == [("first", "upstream_500"), ("second", "")]
    assert world.states("first")[-1] == ("half_open", "open")


def test_half_open_admits_one_of_many_calls_at_once(make: Make) -> None:
    world = make({"first": {}, "second": {}})
    world.fault("first", "http_500")
    for _ in range(3):
        world.ask()
    spared = world.asked("first")
    world.fault("first", first_byte_s=0.3)
    time.sleep(QUICK_BREAKER["open_s"] + 0.01)
    answers = together(world, 20)
    assert {answer.status_code for answer in answers} == {200}
    assert world.asked("first") == spared + 1


def test_without_another_target_an_open_breaker_refuses_at_once_and_closes_all_the_same(make: Make) -> None:
    world = make({"only": {}}, {"retry": {"attempts": 1}})
    world.fault("only", "http_500")
    for _ in range(3):
        assert world.ask().status_code == 502
    began = time.monotonic()
    refused = world.ask()
    assert time.monotonic() - began < 0.1
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "no_target_well")
    assert int(refused.headers["retry-after"]) >= 1
    assert "x-should-retry" not in refused.headers
    world.fault("only")
    eventually(lambda: world.ask().status_code == 200)


@pytest.mark.parametrize("fault", ["http_429_bare", "context_length"])
def test_what_blames_the_caller_counts_neither_way(fault: str, make: Make) -> None:
    world = make({"only": {"retry_share": 0.0}})
    world.fault("only", fault)
    for _ in range(10):
        assert world.ask().status_code in {400, 429}
    assert world.transitions == []
    assert world.asked("only") == 10


def test_a_throttled_probe_frees_its_place(make: Make) -> None:
    world = make({"only": {}}, {"retry": {"attempts": 1}})
    world.fault("only", "http_500")
    for _ in range(3):
        world.ask()
    time.sleep(QUICK_BREAKER["open_s"] + 0.01)
    world.fault("only", "http_429_bare")
    assert [world.ask().status_code for _ in range(3)] == [429, 429, 429]
    world.fault("only")
    assert world.ask().status_code == 200
    assert world.states("only")[-1] == ("half_open", "closed")


def test_a_quota_takes_the_target_out_at_once_and_for_longest(make: Make) -> None:
    world = make({"first": {}, "second": {}})
    world.fault("first", "quota")
    assert world.ask().status_code == 200
    assert world.ask().headers["x-colonnade-attempts"] == "1"
    assert world.states("first") == [("closed", "open")]
    assert world.fleet.targets["first"].breaker.cause == "quota"


def test_streams_that_break_off_open_the_breaker(make: Make) -> None:
    world = make({"first": {}, "second": {}})
    world.fault("first", "cut", tokens_per_s=2000.0)
    for _ in range(3):
        assert '"error"' in world.ask(stream=True).text
    eventually(lambda: world.states("first") == [("closed", "open")])
    assert world.ask(stream=True).text.endswith("data: [DONE]\n\n")


def test_one_stream_that_breaks_off_opens_nothing(make: Make) -> None:
    world = make({"first": {}, "second": {}})
    world.fault("first", "cut", tokens_per_s=2000.0)
    world.ask(stream=True)
    world.fault("first")
    for _ in range(5):
        assert world.ask(stream=True).text.endswith("data: [DONE]\n\n")
        assert world.call.binding_name == "first"


def test_an_impatient_caller_opens_no_breaker(make: Make) -> None:
    world = make({"only": {}}, {"retry": {"attempts": 1}})
    world.fault("only", first_byte_s=0.2)
    world.ask()
    for _ in range(5):
        assert world.ask(headers={"x-request-timeout-s": "0.05"}).status_code == 504
    assert world.transitions == []


@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_retries_stay_within_their_share_when_everything_is_down(share: float, make: Make) -> None:
    calls = 100
    fields = {"retry_share": share, "breaker": NEVER_OPENS}
    world = make({"first": fields, "second": fields}, {"retry": {"first_delay_s": 0.0}})
    for name in ("first", "second"):
        world.fault(name, "http_503")
    for _ in range(calls):
        assert world.ask().status_code == 502
    attempts = world.asked("first") + world.asked("second")
    floor = 2 * FLOOR_A_MINUTE if share else 0
    assert calls * (1 + 0.8 * share) <= attempts <= calls * (1 + share) + floor
    assert attempts == sum(call.attempts for call in world.witness.calls)
    if share == 0.2:
        assert "the retry share of" in world.story


def test_overload_is_refused_at_once(make: Make) -> None:
    world = make({"only": {"admission": {"concurrency": 2, "queue": 2, "queue_s": 5.0}}})
    world.fault("only", first_byte_s=0.3)
    began = time.monotonic()
    answers = together(world, 8)
    assert sorted(answer.status_code for answer in answers) == 4 * [200] + 4 * [503]
    refused = [answer for answer in answers if answer.status_code == 503]
    assert {answer.json()["error"]["code"] for answer in refused} == {"queue_full"}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    assert all(answer.elapsed.total_seconds() < 0.25 for answer in refused)
    assert time.monotonic() - began < 1.5
    assert world.fleet.upstreams["only"].gate.under_way == 0


def test_overload_spills_over_to_the_next_target(make: Make) -> None:
    narrow = {"admission": {"concurrency": 1, "queue": 0}}
    world = make({"first": narrow, "second": {}})
    world.fault("first", first_byte_s=0.3)
    answers = together(world, 4)
    assert {answer.status_code for answer in answers} == {200}
    assert (world.asked("first"), world.asked("second")) == (1, 3)


def test_a_call_that_leaves_gives_its_turn_back(make: Make) -> None:
    world = make({"only": {"admission": {"concurrency": 1, "queue": 0}}})
    world.fault("only", tokens_per_s=20.0)
    with world.client.stream("POST", "/v1/chat/completions", json=streamed()) as answer:
        parts = answer.iter_bytes()  # kept: a generator that is dropped closes the connection
        next(parts)
        assert world.fleet.upstreams["only"].gate.under_way == 1
    eventually(lambda: world.fleet.upstreams["only"].gate.under_way == 0)


def streamed() -> dict[str, Any]:
    return {"model": "answer", "stream": True, "messages": [{"role": "user", "content": "When?"}]}
