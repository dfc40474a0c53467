"""A caller of OpenAI's dialect and a provider of Gemini's wire: text, tools, pictures, thinking, vectors, faults."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from faced import HELLO, PIXEL, TOOLS, Faced, Seen, faced, joined, look

from colonnade.gateway.upstream.gemini.upstream import gemini
from colonnade.workload.sections.serving import Fault

LONG = "All that follows is about columns and what they carry. " * 100


@pytest.fixture(scope="module")
def world() -> Iterator[Faced]:
    with faced(gemini, "/gemini/v1beta", "gemini") as made:
        yield made


@pytest.fixture(autouse=True)
def well(world: Faced) -> None:
    world.meet(None)


def test_text_whole_and_streamed_is_told_in_the_gateways_form(world: Faced) -> None:
    whole = world.chat(max_tokens=100)
    events = world.events(max_tokens=100)
    message = whole["choices"][0]["message"]
    assert message["role"] == "assistant"
    assert len(message["content"].split()) == 12
    assert whole["choices"][0]["finish_reason"] == "stop"
    assert whole["choices"][0]["native_finish_reason"] == "STOP"
    assert whole["model"] == events[0]["model"] == "simulated-1"
    assert events[-1] == "[DONE]"
    assert len(joined(events).split()) == 12
    assert events[0]["choices"][0]["delta"]["role"] == "assistant"
    assert world.chat(max_tokens=5)["choices"][0]["finish_reason"] == "length"


def test_usage_is_geminis_own(world: Faced) -> None:
    world.chat()
    whole = world.witness.reply.usage
    usage = world.events(stream_options={"include_usage": True})[-2]["usage"]
    streamed = world.witness.reply.usage
    assert (whole.reported, whole.output, streamed.reported, streamed.output) == (True, 12, True, 12)
    assert whole.input == streamed.input == usage["prompt_tokens"]
    assert whole.total == usage["total_tokens"]


def test_what_repeats_is_read_from_the_cache_and_counted_once(world: Faced) -> None:
    answer = {"role": "assistant", "content": "They carry roofs."}
    world.chat(messages=[{"role": "system", "content": LONG}, *HELLO, answer, *HELLO])
    usage = world.witness.reply.usage
    assert usage.cache_read >= 1024
    assert 0 < usage.fresh_input < 50
    assert usage.input == usage.cache_read + usage.fresh_input


def test_tools_make_a_round_trip_with_their_signature(world: Faced) -> None:
    whole = world.chat(tools=TOOLS, tool_choice="required")
    choice = whole["choices"][0]
    call = choice["message"]["tool_calls"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    assert json.loads(call["function"]["arguments"]) == {"word": "simulated word"}
    assert call["extra_content"]["google"]["thought_signature"]
    result = {"role": "tool", "tool_call_id": call["id"], "content": "A tall thing."}
    after = world.chat(messages=[*HELLO, choice["message"], result, *HELLO], tools=TOOLS)
    assert len(after["choices"][0]["message"]["content"].split()) == 12


def test_a_streamed_tool_call_is_whole_in_one_event(world: Faced) -> None:
    named = {"type": "function", "function": {"name": "lookup"}}
    events = world.events(tools=TOOLS, tool_choice=named)
    calls = [
        call
        for event in events[:-1]
        for choice in event["choices"]
        for call in choice["delta"].get("tool_calls", ())
    ]
    assert len(calls) == 1
    assert calls[0]["id"].startswith("call_")
    assert json.loads(calls[0]["function"]["arguments"]) == {"word": "simulated word"}
    finishes = [choice["finish_reason"] for event in events[:-1] for choice in event["choices"]]
    assert finishes[-1] == "tool_calls"


def test_several_choices_keep_their_places(world: Faced) -> None:
    whole = world.chat(n=3)
    assert [choice["index"] for choice in whole["choices"]] == [0, 1, 2]
    assert world.witness.reply.usage.output == 36
    events = world.events(n=3)
    told: dict[int, str] = {}
    for choice in [choice for event in events[:-1] for choice in event["choices"]]:
        told[choice["index"]] = told.get(choice["index"], "") + (choice["delta"].get("content") or "")
    assert {index: len(text.split()) for index, text in told.items()} == {0: 12, 1: 12, 2: 12}


def test_thinking_is_shown_and_counted_apart(world: Faced) -> None:
    message = world.chat(reasoning_effort="low")["choices"][0]["message"]
    assert message["reasoning_content"]
    usage = world.witness.reply.usage
    assert usage.reasoning > 0
    assert usage.output == 12
    events = world.events(reasoning_effort="low")
    assert joined(events, "reasoning_content") == message["reasoning_content"]
    assert world.witness.reply.usage.reasoning == usage.reasoning


def test_pictures_are_taken(world: Faced) -> None:
    parts = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
    ]
    assert world.chat(messages=[{"role": "user", "content": parts}])["choices"][0]["message"]["content"]


def test_vectors_come_for_each_text_as_floats_and_packed(world: Faced) -> None:
    texts = ["columns", "roofs"]
    floats = world.post("/v1/embeddings", model="vectors", input=texts, dimensions=8).json()
    packed = world.post(
        "/v1/embeddings", model="vectors", input=texts, dimensions=8, encoding_format="base64"
    ).json()
    assert [each["index"] for each in floats["data"]] == [0, 1]
    assert floats["usage"]["prompt_tokens"] > 0
    for one, other in zip(floats["data"], packed["data"], strict=True):
        assert struct.unpack("<8f", base64.b64decode(other["embedding"])) == pytest.approx(one["embedding"])


def test_what_gemini_cannot_do_is_named(world: Faced) -> None:
    answer = world.post(model="strict", messages=HELLO, logit_bias={"5": 1})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "unsupported_parameter"
    assert answer.json()["error"]["param"] == "logit_bias"


def good(words: int = 12, finish: str = "stop") -> Seen:
    return Seen(words, finish)


def refused(status: int, code: str) -> Seen:
    return Seen(status=status, code=code)


def broken(code: str) -> Seen:
    return Seen(code=code)


LATE = refused(504, "deadline_exceeded")
ROWS: dict[Fault, tuple[Seen, Seen]] = {
    # fault: (whole, streamed)
    "refuse": (refused(502, "upstream_cut"),) * 2,
    "http_429": (refused(429, "rate_limit_exceeded"),) * 2,
    "http_429_bare": (refused(429, "rate_limit_exceeded"),) * 2,
    "quota": (refused(429, "insufficient_quota"),) * 2,
    "http_500": (refused(502, "upstream_500"),) * 2,
    "http_502": (refused(502, "upstream_502"),) * 2,
    "http_503": (refused(502, "upstream_503"),) * 2,
    "http_529": (refused(502, "upstream_529"),) * 2,
    "context_length": (refused(400, "context_length_exceeded"),) * 2,
    "slow_first_byte": (LATE, refused(504, "first_byte_timeout")),
    "grey": (good(), good()),
    "stall": (LATE, broken("upstream_stalled")),
    "drip": (LATE, refused(504, "first_byte_timeout")),
    "cut": (refused(502, "upstream_cut"), broken("upstream_cut")),
    "duplicate_chunk": (good(), good(13)),
    "out_of_order": (good(), good()),
    "missing_done": (good(), broken("upstream_cut")),
    "malformed_chunk": (refused(502, "upstream_malformed"), broken("upstream_malformed")),
    "empty": (refused(502, "upstream_empty"),) * 2,
    "length": (good(6, "length"), good(6, "length")),
    "content_filter": (good(6, "content_filter"), good(6, "content_filter")),
    "refusal": (good(0, "content_filter"), good(0, "content_filter")),
    "bad_tool_arguments": (refused(502, "upstream_malformed_function_call"),) * 2,
    "usage_missing": (good(), good()),
    "usage_wrong": (good(), good()),
    "wrong_model": (good(), good()),
    "nonsense": (good(), good()),
}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("fault", ROWS)
def test_what_the_client_sees(fault: Fault, stream: bool, world: Faced) -> None:
    world.meet(fault)
    expected = ROWS[fault][stream]
    more: dict[str, Any] = {"tools": TOOLS} if fault == "bad_tool_arguments" else {}
    assert look(world.client, stream=stream, **more) == expected
    reply, raised = world.witness.reply, world.witness.raised
    if expected.status is not None:
        assert reply is None
        assert getattr(raised, "code", None) == expected.code
    else:
        assert reply is not None
        assert reply.complete is (expected.code is None)
        assert reply.error == (expected.code or "")
    if fault in {"usage_missing", "usage_wrong"}:
        assert not reply.usage.reported
        assert reply.usage.output > 0
    if fault == "wrong_model":
        assert world.witness.call.answered_by == "another-model-2020"
    if fault == "http_429":
        assert getattr(raised, "retry_after_s", None) == 2.0
