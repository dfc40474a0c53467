"""A call that fails before its first byte is tried elsewhere, or again, as far as that is safe; one deadline holds all."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from fleets import NEVER, World

Make = Callable[..., World]
PATIENT = {"failures": 1000, "minimum_calls": 1000}
GENEROUS = {"retry_share": 1.0, "breaker": PATIENT}

BEFORE_THE_FIRST_BYTE = {
    "refuse": "upstream_cut",
    "http_500": "upstream_500",
    "http_502": "upstream_502",
    "http_503": "upstream_503",
    "http_529": "upstream_529",
    "http_429": "rate_limit_exceeded",
    "quota": "insufficient_quota",
}


@pytest.fixture
def pair(make: Make) -> World:
    return make({"first": GENEROUS, "second": {}})


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("fault", BEFORE_THE_FIRST_BYTE)
def test_another_target_steps_in(fault: str, stream: bool, pair: World) -> None:
    pair.fault("first", fault)
    answer = pair.ask(stream=stream)
    assert answer.status_code == 200
    assert pair.tried == [("first", BEFORE_THE_FIRST_BYTE[fault]), ("second", "")]
    assert answer.headers["x-colonnade-attempts"] == "2"
    assert "x-should-retry" not in answer.headers
    assert "second: the only one that is well" in pair.story
    assert pair.call.binding_name == "second"


@pytest.mark.parametrize("fault", ["malformed_chunk", "empty"])
def test_a_whole_answer_that_is_none_is_asked_for_elsewhere(fault: str, pair: World) -> None:
    pair.fault("first", fault)
    answer = pair.ask()
    assert answer.json()["choices"][0]["message"]["content"]
    assert [name for name, _ in pair.tried] == ["first", "second"]
    assert pair.tried[0][1] in {"upstream_malformed", "upstream_cut", "upstream_empty"}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_an_answer_that_says_nothing_is_asked_for_again(stream: bool, make: Make) -> None:
    world = make({"first": GENEROUS, "second": {}})
    world.fault("first", "empty")
    assert world.ask(stream=stream).status_code == 200
    assert world.tried == [("first", "upstream_empty"), ("second", "")]


@pytest.mark.parametrize("fault", ["cut", "malformed_chunk", "stall"])
def test_a_stream_that_began_is_never_asked_for_again(fault: str, make: Make) -> None:
    world = make({"first": {}, "second": {}}, {"idle_s": 0.2})
    world.fault("first", fault, tokens_per_s=200.0)
    with world.client.stream("POST", "/v1/chat/completions", json=_streamed()) as answer:
        heard = answer.read()
    assert b'"error"' in heard
    assert b"[DONE]" not in heard
    assert world.asked("second") == 0


def _streamed() -> dict[str, object]:
    return {"model": "answer", "stream": True, "messages": [{"role": "user", "content": "When?"}]}


def test_an_unreachable_upstream(make: Make) -> None:
    world = make({"nowhere": {"base_url": NEVER}, "second": {}})
    assert world.ask().status_code == 200
    assert world.tried == [("nowhere", "upstream_unreachable"), ("second", "")]


def test_a_silent_stream_is_asked_for_elsewhere_before_the_deadline(make: Make) -> None:
    world = make({"first": {}, "second": {}}, {"first_byte_s": 0.2})
    world.fault("first", "slow_first_byte")
    began = time.monotonic()
    assert world.ask(stream=True).text.endswith("data: [DONE]\n\n")
    assert 0.19 < time.monotonic() - began < 1.5
    assert world.tried == [("first", "first_byte_timeout"), ("second", "")]


def test_half_of_a_short_deadline_is_left_for_the_next_target(make: Make) -> None:
    world = make({"first": {}, "second": {}})
    world.fault("first", "slow_first_byte")
    began = time.monotonic()
    assert world.ask(stream=True, headers={"x-request-timeout-s": "0.6"}).text.endswith("data: [DONE]\n\n")
    assert 0.29 < time.monotonic() - began < 0.6


def test_one_attempt_at_a_whole_answer_takes_no_longer_than_the_upstream_is_given(make: Make) -> None:
    world = make({"first": {"timeout_s": 0.2}, "second": {}})
    world.fault("first", "slow_first_byte")
    assert world.ask().status_code == 200
    assert world.tried == [("first", "first_byte_timeout"), ("second", "")]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_one_deadline_holds_all_attempts(stream: bool, make: Make) -> None:
    world = make({"first": {"timeout_s": 0.2}, "second": {}}, {"first_byte_s": 0.2})
    for name in ("first", "second"):
        world.fault(name, "slow_first_byte")
    began = time.monotonic()
    answer = world.ask(stream=stream, headers={"x-request-timeout-s": "0.35"})
    assert time.monotonic() - began < 0.9
    assert answer.status_code == 504
    assert answer.headers["x-should-retry"] == "false"
    assert len(world.tried) == 2


def test_a_request_that_is_at_fault_is_not_tried_again(pair: World) -> None:
    before = pair.asked("first"), pair.asked("second")
    answer = pair.ask(messages="nothing")
    assert answer.status_code == 400
    assert (pair.asked("first"), pair.asked("second")) == before


def test_too_long_a_prompt_goes_to_a_model_that_takes_more(make: Make) -> None:
    sizes = {
        "first": {"context_tokens": 4096},
        "small": {"context_tokens": 2048},
        "large": {"context_tokens": 8192},
    }
    world = make({"first": {}, "small": {}, "large": {}}, **sizes)
    world.fault("first", "context_length")
    assert world.ask().status_code == 200
    assert world.tried == [("first", "context_length_exceeded"), ("large", "")]
    world.fault("large", "context_length")
    answer = world.ask()
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "context_length_exceeded")
    assert world.asked("small") == 0
    assert world.states("first") == []


def test_the_wish_of_an_upstream_is_honoured_up_to_the_longest_pause(make: Make) -> None:
    route = {"retry": {"attempts": 2, "first_delay_s": 0.01, "longest_delay_s": 0.3}}
    world = make({"only": GENEROUS}, route)
    world.fault("only", "http_429")
    began = time.monotonic()
    answer = world.ask()
    assert 0.3 <= time.monotonic() - began < 1.0
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    assert answer.headers["x-should-retry"] == "false"
    assert len(world.tried) == 2


def test_no_try_is_made_that_the_deadline_would_end(make: Make) -> None:
    world = make({"only": GENEROUS}, {"retry": {"longest_delay_s": 10.0}})
    world.fault("only", "http_429")
    began = time.monotonic()
    answer = world.ask(headers={"x-request-timeout-s": "1"})
    assert time.monotonic() - began < 0.5
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    assert "x-should-retry" not in answer.headers
    assert "the deadline comes first" in world.story


def test_a_throttling_target_rests_while_another_is_well(make: Make) -> None:
    world = make({"first": GENEROUS, "second": {}}, {"balance": {"strategy": "weighted"}})
    world.fault("first", "http_429")
    world.ask()
    world.ask()
    assert world.tried == [("second", "")]
    assert "first throttles" in world.story
    assert world.states("first") == []
    world.fault("second", "http_503")
    world.ask()
    assert world.tried[:2] == [("second", "upstream_503"), ("first", "rate_limit_exceeded")]


def test_the_same_target_is_asked_again_where_there_is_no_other(make: Make) -> None:
    world = make({"only": GENEROUS})
    world.fault("only", "http_503")
    answer = world.ask()
    assert (answer.status_code, answer.headers["x-should-retry"]) == (502, "false")
    assert answer.headers["x-colonnade-attempts"] == "3"
    assert world.tried == 3 * [("only", "upstream_503")]
    assert "3 attempts are the most" in world.story
    world.fault("only")
    assert world.ask().status_code == 200
