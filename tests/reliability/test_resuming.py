"""A stream that breaks in the middle goes on once where the route says so, and the caller sees one whole answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from fleets import World, eventually
from hypothesis import given, settings
from hypothesis import strategies as st
from running import FAST

from colonnade.errors import CallError, UpstreamFailed
from colonnade.gateway.call import Call, Reply, Try
from colonnade.reliability.fleet import Fleet
from colonnade.reliability.partial import Partial, continuable
from colonnade.reliability.spreading import Spread
from colonnade.workload.sections.serving import Simulation

ABLE = {"prefill": "continue_final_message"}
GENEROUS = {"retry_share": 1.0}
RESUME = {"resume": True, "idle_s": 0.4}
BODY: dict[str, Any] = {
    "model": "answer", "stream": True, "stream_options": {"include_usage": True},
    "messages": [{"role": "user", "content": "When?"}],
}  # fmt: skip
BREAKS = {
    "cut": "upstream_cut",
    "stall": "upstream_stalled",
    "error_later": "upstream_error",
}


class Heard:
    """A stream of chat completions, as bytes and as a client puts it together."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        lines = [line[6:] for line in raw.decode().split("\n\n") if line.startswith("data: {")]
        self.events = [json.loads(line) for line in lines]
        self.deltas = [choice["delta"] for it in self.events for choice in it.get("choices", ())]
        self.text = "".join(delta.get("content") or "" for delta in self.deltas)

    @property
    def done(self) -> bool:
        return self.raw.endswith(b"data: [DONE]\n\n")

    @property
    def error(self) -> str:
        return next((it["error"]["code"] for it in self.events if "error" in it), "")


def heard(
    world: World, path: str = "/v1/chat/completions", body: dict[str, Any] = BODY, **more: Any
) -> bytes:
    with world.client.stream("POST", path, json={**body, **more}) as answer:
        return answer.read()


@pytest.fixture
def recorded(make: Callable[..., World]) -> Iterator[Callable[..., tuple[World, dict[str, list[Any]]]]]:
    """A world, and the bodies that each of its simulators is sent; the faults of one end after its first request."""
    changed: list[Any] = []

    def begin(*given: Any, **named: Any) -> tuple[World, dict[str, list[Any]]]:
        world = make(*given, **named)
        asked: dict[str, list[Any]] = {name: [] for name in world.simulators}
        for name, simulator in world.simulators.items():
            simulator.script = _noting(simulator, asked[name])  # type: ignore[method-assign]
            changed.append(simulator)
        return world, asked

    yield begin
    for simulator in changed:
        del simulator.script


def _noting(simulator: Any, asked: list[Any]) -> Any:
    usual = type(simulator).script

    def script(path: str, body: bytes, request_id: str, headers: Any = None) -> Any:
        if asked and simulator.simulation.fault in BREAKS:
            simulator.simulation = FAST
        asked.append(json.loads(body))
        return usual(simulator, path, body, request_id, headers or {})

    return script


@pytest.mark.parametrize("fault", BREAKS)
def test_another_target_goes_on_where_the_first_broke(recorded, fault: str) -> None:
    world, asked = recorded({"first": GENEROUS, "second": ABLE}, RESUME)
    world.fault("first", fault, tokens_per_s=200.0)
    told = Heard(heard(world))
    assert (told.done, told.error) == (True, "")
    assert len(told.text.split()) == FAST.answer_tokens
    [begun], [rest] = asked["first"], asked["second"]
    *before, partial = rest["messages"]
    assert before == begun["messages"]
    assert partial["role"] == "assistant"
    assert told.text.startswith(partial["content"])
    assert 0 < len(partial["content"]) < len(told.text)
    assert (rest["continue_final_message"], rest["add_generation_prompt"]) == (True, False)
    assert world.tried == [("first", BREAKS[fault]), ("second", "")]
    assert (world.call.binding_name, world.call.attempts) == ("second", 2)
    assert f"second goes on after {len(partial['content'])} characters" in world.story


def test_the_rest_is_marked_and_otherwise_one_answer(recorded) -> None:
    world, _ = recorded({"first": GENEROUS, "second": ABLE}, RESUME)
    world.fault("first", "cut")
    told = Heard(heard(world))
    assert told.raw.count(b": resumed after upstream_cut\n\n") == 1
    assert [it.get("colonnade_resumed_after") for it in told.events].count("upstream_cut") == 1
    assert len({it["id"] for it in told.events}) == 1
    assert sum("role" in delta for delta in told.deltas) == 1
    finishes = [it["choices"][0]["finish_reason"] for it in told.events if it.get("choices")]
    assert [it for it in finishes if it] == ["stop"]
    assert world.witness.replies[-1].resumed


def test_the_same_upstream_goes_on_where_there_is_no_other(recorded) -> None:
    world, asked = recorded({"only": {**ABLE, **GENEROUS}}, RESUME)
    world.fault("only", "cut")
    told = Heard(heard(world))
    assert told.done
    assert len(asked["only"]) == 2
    assert world.tried == [("only", "upstream_cut"), ("only", "")]


def test_an_answer_is_resumed_once(make) -> None:
    world = make({"first": GENEROUS, "second": {**ABLE, **GENEROUS}, "third": ABLE}, RESUME)
    world.fault("first", "cut")
    world.fault("second", "cut")
    told = Heard(heard(world))
    assert (told.done, told.error) == (False, "upstream_cut")
    assert world.asked("third") == 0
    assert world.tried == [("first", "upstream_cut"), ("second", "")]


@pytest.mark.parametrize("fault", ["http_500", "cut_early", "refuse", "slow_first_byte"])
def test_where_the_second_attempt_does_not_begin_the_first_error_stands(make, fault: str) -> None:
    world = make({"first": GENEROUS, "second": ABLE}, {**RESUME, "first_byte_s": 0.4})
    world.fault("first", "cut")
    world.fault("second", fault)
    told = Heard(heard(world))
    assert (told.done, told.error) == (False, "upstream_cut")
    assert [name for name, _ in world.tried] == ["first", "second"]
    assert world.call.binding_name == "first"


def test_only_those_who_can_continue_are_asked(recorded) -> None:
    world, asked = recorded({"first": GENEROUS, "second": {}, "third": {"prefill": "prefix"}}, RESUME)
    world.fault("first", "cut")
    assert Heard(heard(world)).done
    assert asked["second"] == []
    assert asked["third"][0]["messages"][-1]["prefix"] is True


FORM = {"type": "json_object"}
TOOLS = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]


@pytest.mark.parametrize(
    "fields",
    [{"n": 2}, {"logprobs": True}, {"tools": TOOLS}, {"response_format": FORM}],
    ids=lambda it: next(iter(it)),
)
def test_answers_that_are_more_than_a_text_end_as_they_always_did(make, fields: dict[str, Any]) -> None:
    world = make({"first": GENEROUS, "second": ABLE}, RESUME)
    world.fault("first", "cut")
    told = Heard(heard(world, **fields))
    assert (told.done, told.error) == (False, "upstream_cut")
    assert world.asked("second") == 0


@pytest.mark.parametrize(
    ("route", "first"),
    [({"resume": False}, GENEROUS), (RESUME, {"retry_share": 0.0})],
    ids=["not asked for", "no share"],
)
def test_who_does_not_want_it_or_has_no_retries_left(
    make, route: dict[str, Any], first: dict[str, Any]
) -> None:
    world = make({"first": first, "second": ABLE}, route)
    world.fault("first", "cut")
    assert Heard(heard(world)).error == "upstream_cut"
    assert world.asked("second") == 0


def test_an_answer_that_was_finished_is_not_gone_on_with(make) -> None:
    world = make({"first": GENEROUS, "second": ABLE}, RESUME)
    world.fault("first", "missing_done")
    assert Heard(heard(world)).error == "upstream_malformed"
    assert world.asked("second") == 0


def test_the_breaker_of_the_first_hears_of_the_break_and_not_of_the_good_end(recorded) -> None:
    world, _ = recorded({"first": GENEROUS, "second": ABLE}, RESUME)
    target = world.fleet.targets["first"]
    world.fault("first", "cut")
    heard(world)
    eventually(lambda: target.upstream.gate.under_way == 0)
    assert target.breaker._rows["broken"] == 1
    assert world.fleet.targets["second"].upstream.gate.under_way == 0


@pytest.mark.parametrize(
    ("path", "body", "end"),
    [
        ("/v1/messages", {"max_tokens": 64}, b"message_stop"),
        (
            "/v1/responses",
            {"input": "When?", "store": False, "messages": None, "stream_options": None},
            b"response.completed",
        ),
        ("/v1/completions", {"prompt": "When?", "messages": None}, b"data: [DONE]"),
    ],
)
def test_in_every_dialect(recorded, path: str, body: dict[str, Any], end: bytes) -> None:
    world, asked = recorded({"first": GENEROUS, "second": ABLE}, RESUME)
    world.fault("first", "cut")
    asking = {name: value for name, value in {**BODY, **body}.items() if value is not None}
    if path == "/v1/messages":
        del asking["stream_options"]
    raw = heard(world, path, asking)
    assert end in raw
    assert b'"error":{' not in raw
    assert b"event: error" not in raw
    assert b": resumed after upstream_cut\n\n" in raw
    assert len(asked["second"]) == 1


def test_a_caller_who_leaves_ends_the_second_attempt(recorded) -> None:
    world, _ = recorded({"first": GENEROUS, "second": ABLE}, RESUME)
    world.fault("first", "cut")
    world.fault("second", tokens_per_s=20.0)
    with world.client.stream("POST", "/v1/chat/completions", json=BODY) as answer:
        parts: Iterator[bytes] = answer.iter_bytes()
        while b": resumed" not in next(parts):
            pass
    eventually(lambda: len(world.simulators["second"].departures) > 0)
    eventually(lambda: world.fleet.targets["second"].upstream.gate.under_way == 0)
    world.simulators["second"].departures.clear()


# the text, whatever arrives in which pieces


def event(delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"id": "c1", "created": 5, "choices": [choice], **more}).encode() + b"\n\n"


def stream_of(words: list[str], **more: Any) -> bytes:
    said = [event({"content": word}, **more) for word in words]
    return (
        b"".join([event({"role": "assistant", "content": ""}, **more), *said, event({}, "stop", **more)])
        + b"data: [DONE]\n\n"
    )


async def pieces(stream: bytes, sizes: list[int], failure: CallError | None) -> AsyncIterator[bytes]:
    begun, place = 0, 0
    while begun < len(stream):
        size = sizes[place % len(sizes)]
        yield stream[begun : begun + size]
        begun, place = begun + size, place + 1
    if failure is not None:
        raise failure


class Continuing:
    """A model that knows one text: it begins it, is cut at a byte, and goes on with exactly what is missing."""

    def __init__(self, words: list[str], cut: int, sizes: list[int], *, says_so: bool) -> None:
        self.words, self.cut, self.sizes, self.says_so = words, cut, sizes, says_so

    async def __call__(self, call: Call) -> Reply:
        call.attempts += 1
        call.tried.append(Try(call.binding_name, "u", "", 0.0))
        if call.attempts == 1:
            failure = UpstreamFailed("cut", code="upstream_cut") if self.says_so else None
            return Reply(chunks=pieces(stream_of(self.words)[: self.cut], self.sizes, failure))
        partial = call.request["messages"][-1]["content"]
        text = "".join(self.words)
        assert text.startswith(partial)
        rest = stream_of([text[len(partial) :]] if text[len(partial) :] else [], id="c2")
        return Reply(chunks=pieces(rest, self.sizes, None))


WORDS = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=6),
    min_size=1,
    max_size=8,
)


@settings(max_examples=150)
@given(WORDS, st.integers(0, 400), st.lists(st.integers(1, 60), min_size=1, max_size=4), st.booleans())
def test_wherever_it_is_cut_the_text_is_whole_and_nothing_is_said_twice(
    words: list[str], place: int, sizes: list[int], says_so: bool
) -> None:
    role, whole = len(event({"role": "assistant", "content": ""})), stream_of(words)
    first_word = role + len(event({"content": words[0]}))
    cut = min(first_word + place, len(whole) - len(event({}, "stop")) - len(b"data: [DONE]\n\n"))

    async def played() -> bytes:
        from served import specification

        spec = specification(
            upstreams={"u": {"kind": "simulator", "simulation": Simulation().model_dump()}},
            models={"small": {**specification().models["small"].model_dump(), "upstream": "u"}},
            routes={"answer": {"model": "small", "resume": True}},
        )
        call = Call(
            id="r", endpoint="chat", received_at=0.0, started=0.0, authorization=None, headers={}, body=b"", stream=True,
            request={"messages": [{"role": "user", "content": "?"}]}, route=spec.routes["answer"], route_name="answer",
        )  # fmt: skip
        spread = Spread(Fleet.of(spec))
        reply = await spread(call, Continuing(words, cut, sizes, says_so=says_so))
        assert reply.chunks is not None
        return b"".join([chunk async for chunk in reply.chunks])

    told = Heard(asyncio.run(played()))
    assert told.done
    assert told.text == "".join(words)
    assert {it["id"] for it in told.events} == {"c1"}


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        event({"role": "assistant", "content": ""}),
        event({"content": "a"}) + event({}, "stop"),
        event({"content": "a"}) + event({"tool_calls": [{"index": 0}]}),
        event({"content": "a"}) + event({"reasoning_content": "hm"}),
        event({"content": "a"}) + event({"audio": {"data": "AA"}}),
        event({"content": "a"}) + event({"refusal": "No."}),
        b'data: {"choices":[{"index":1,"delta":{"content":"a"}}]}\n\n',
        b"data: {broken}\n\n",
    ],
)
def test_what_is_no_beginning_of_a_text(stream: bytes) -> None:
    assert Partial.of([stream]) is None


@pytest.mark.parametrize(
    ("field", "value"), [("n", 1), ("tools", []), ("logprobs", False), ("response_format", {"type": "text"})]
)
def test_fields_that_ask_for_nothing_keep_no_answer_from_being_continued(field: str, value: Any) -> None:
    call = Call(
        id="r", endpoint="chat", received_at=0.0, started=0.0, authorization=None, headers={}, body=b"", stream=True,
        request={"messages": [], field: value},
    )  # fmt: skip
    assert continuable(call)


def test_the_limit_of_the_answer_holds_over_both_attempts() -> None:
    call = Call(
        id="r", endpoint="chat", received_at=0.0, started=0.0, authorization=None, headers={}, body=b"",
        request={"messages": [], "max_tokens": 10},
    )  # fmt: skip
    partial = Partial.of([event({"content": f"w{number}"}) for number in range(7)])
    assert partial is not None
    request = partial.request(call, "trailing")
    assert request is not None
    assert request["max_tokens"] == 3
    call.request["max_tokens"] = 7
    assert partial.request(call, "trailing") is None, "nothing is left to be said"
