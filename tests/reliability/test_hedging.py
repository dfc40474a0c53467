"""A slow answer is asked for twice within its share; the faster one is taken and the other one cancelled."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from fleets import World, eventually

Make = Callable[..., World]
HEDGE = {"after_s": 0.1, "share": 1.0}
STREAMS = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])


def hedging(make: Make, **hedge: Any) -> World:
    return make({"first": {}, "second": {}}, {"hedge": {**HEDGE, **hedge}})


@STREAMS
def test_the_faster_answer_is_taken(stream: bool, make: Make) -> None:
    world = hedging(make)
    world.fault("first", "slow_first_byte")
    began = time.monotonic()
    answer = world.ask(stream=stream)
    assert 0.1 <= time.monotonic() - began < 1.0
    assert answer.status_code == 200
    assert not stream or answer.text.endswith("data: [DONE]\n\n")
    assert answer.headers["x-colonnade-attempts"] == "2"
    assert world.tried == [("second", ""), ("first", "hedge_lost")]
    assert world.call.binding_name == "second"
    assert "second is asked, too" in world.story
    assert "may be billed all the same" in world.story
    gates = world.fleet.upstreams.values()
    eventually(lambda: all(each.gate.under_way == 0 for each in gates))
    assert world.transitions == []


@STREAMS
def test_a_quick_answer_is_asked_for_once(stream: bool, make: Make) -> None:
    world = hedging(make)
    assert world.ask(stream=stream).status_code == 200
    assert world.tried == [("first", "")]
    assert world.asked("second") == 0


def test_the_first_may_still_win(make: Make) -> None:
    world = hedging(make)
    world.fault("first", first_byte_s=0.25)
    world.fault("second", "slow_first_byte")
    assert world.ask().status_code == 200
    assert world.tried == [("first", ""), ("second", "hedge_lost")]
    assert world.call.binding_name == "first"


def test_one_that_fails_leaves_the_race_to_the_other(make: Make) -> None:
    world = hedging(make)
    world.fault("first", first_byte_s=0.25)
    world.fault("second", "http_500")
    assert world.ask().status_code == 200
    assert world.tried == [("second", "upstream_500"), ("first", "")]


def test_one_that_fails_at_once_is_tried_elsewhere_as_usual(make: Make) -> None:
    world = hedging(make)
    world.fault("first", "http_500")
    assert world.ask().status_code == 200
    assert world.tried == [("first", "upstream_500"), ("second", "")]


def test_where_both_fail_the_last_error_is_told(make: Make) -> None:
    world = make({"first": {}, "second": {}}, {"hedge": HEDGE, "retry": {"attempts": 2}})
    for name in ("first", "second"):
        world.fault(name, "http_500")
    answer = world.ask()
    assert (answer.status_code, answer.headers["x-should-retry"]) == (502, "false")


def test_the_share_of_calls_asked_twice_is_held(make: Make) -> None:
    world = hedging(make, after_s=0.01, share=0.25)
    world.fault("first", first_byte_s=0.03)
    for number in range(20):
        assert world.ask(f"Call {number}?").status_code == 200
    assert world.asked("second") == 5
    assert "the share of calls asked twice is used up" in "\n".join(
        each.what for call in world.witness.calls for each in call.decisions
    )


@STREAMS
def test_the_deadline_ends_both(stream: bool, make: Make) -> None:
    world = hedging(make)
    for name in ("first", "second"):
        world.fault(name, "slow_first_byte")
    began = time.monotonic()
    answer = world.ask(stream=stream, headers={"x-request-timeout-s": "0.4"})
    assert time.monotonic() - began < 1.0
    assert answer.status_code == 504
    gates = world.fleet.upstreams.values()
    eventually(lambda: all(each.gate.under_way == 0 for each in gates))
