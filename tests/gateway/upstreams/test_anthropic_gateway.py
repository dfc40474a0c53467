"""A caller of OpenAI's dialect and a provider of Anthropic's wire: text, tools, pictures, caches, thinking, faults."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from faced import HELLO, PIXEL, TOOLS, Faced, Seen, faced, joined, look

from colonnade.gateway.upstream.anthropic.upstream import anthropic
from colonnade.workload.sections.serving import Fault

LONG = "All that follows is about columns and what they carry. " * 20


@pytest.fixture(scope="module")
def world() -> Iterator[Faced]:
    with faced(anthropic, "/anthropic/v1", "anthropic") as made:
        yield made


@pytest.fixture(autouse=True)
def well(world: Faced) -> None:
    world.meet(None)


def test_text_whole_and_streamed_is_the_same(world: Faced) -> None:
    whole = world.chat(max_tokens=100)
    events = world.events(max_tokens=100)
    message = whole["choices"][0]["message"]
    assert message["role"] == "assistant"
    assert len(message["content"].split()) == 12
    assert whole["choices"][0]["finish_reason"] == "stop"
    assert whole["choices"][0]["native_finish_reason"] == "end_turn"
    assert whole["id"].startswith("msg_")
    assert whole["model"] == "simulated-1"
    assert events[-1] == "[DONE]"
    assert len(joined(events).split()) == 12
    assert events[0]["choices"][0]["delta"]["role"] == "assistant"


def test_usage_is_anthropics_own(world: Faced) -> None:
    world.chat()
    whole = world.witness.reply.usage
    usage = world.events(stream_options={"include_usage": True})[-2]["usage"]
    streamed = world.witness.reply.usage
    assert (whole.reported, whole.output, streamed.reported, streamed.output) == (True, 12, True, 12)
    assert whole.input == streamed.input == usage["prompt_tokens"]


@pytest.mark.parametrize(("ttl", "written"), [({}, "cache_write"), ({"ttl": "1h"}, "cache_write_1h")])
def test_the_marks_of_the_cache_travel_and_are_counted(world: Faced, ttl: dict, written: str) -> None:
    mark = {"type": "ephemeral", **ttl}
    system = {
        "role": "system",
        "content": [{"type": "text", "text": LONG, "cache_control": mark}],
    }
    first = world.chat(messages=[system, *HELLO])
    usage = world.witness.reply.usage
    assert getattr(usage, written) > 200
    assert usage.cache_read == 0
    details = first["usage"]["prompt_tokens_details"]
    assert details[f"{written}_tokens"] == getattr(usage, written)
    answer = {"role": "assistant", "content": "They carry roofs."}
    world.events(messages=[system, *HELLO, answer, {"role": "user", "content": "More."}])
    later = world.witness.reply.usage
    assert later.cache_read == getattr(usage, written)
    assert (later.cache_write, later.cache_write_1h) == (0, 0)


def test_tools_make_a_round_trip(world: Faced) -> None:
    whole = world.chat(tools=TOOLS, tool_choice="required")
    choice = whole["choices"][0]
    call = choice["message"]["tool_calls"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    assert json.loads(call["function"]["arguments"]) == {"word": "simulated word"}
    result = {"role": "tool", "tool_call_id": call["id"], "content": "A tall thing."}
    after = world.chat(messages=[*HELLO, choice["message"], result], tools=TOOLS)
    assert len(after["choices"][0]["message"]["content"].split()) == 12


def test_a_streamed_tool_call_is_pieced_together(world: Faced) -> None:
    named = {"type": "function", "function": {"name": "lookup"}}
    events = world.events(tools=TOOLS, tool_choice=named)
    pieces = [
        choice["delta"]["tool_calls"][0]
        for event in events[:-1]
        for choice in event["choices"]
        if "tool_calls" in choice["delta"]
    ]
    assert pieces[0]["id"].startswith("toolu_")
    assert pieces[0]["function"]["name"] == "lookup"
    arguments = "".join(piece["function"]["arguments"] for piece in pieces)
    assert json.loads(arguments) == {"word": "simulated word"}
    assert events[-2]["choices"] == [] or events[-2]["choices"][0]["finish_reason"] == "tool_calls"


def test_a_function_without_arguments_is_called_with_an_empty_object(world: Faced) -> None:
    tools = [{"type": "function", "function": {"name": "now"}}]
    events = world.events(tools=tools, tool_choice="required")
    told = json.dumps(events)
    assert '"arguments": "{}"' in told


def test_thinking_is_shown_and_can_be_sent_back(world: Faced) -> None:
    thinking = {"type": "enabled", "budget_tokens": 1024}
    message = world.chat(thinking=thinking, max_tokens=2048)["choices"][0]["message"]
    assert message["reasoning_content"]
    assert message["thinking_blocks"][0]["signature"]
    assert world.witness.reply.usage.reasoning > 0
    events = world.events(thinking=thinking, max_tokens=2048)
    assert joined(events, "reasoning_content") == message["reasoning_content"]
    kept = [
        choice["delta"]["thinking_blocks"]
        for event in events[:-1]
        for choice in event["choices"]
        if "thinking_blocks" in choice["delta"]
    ]
    assert kept[0][0]["thinking"] == message["reasoning_content"]
    again = world.chat(messages=[*HELLO, message, *HELLO], thinking=thinking, max_tokens=2048)
    assert again["choices"][0]["message"]["content"]


def test_pictures_are_taken(world: Faced) -> None:
    parts = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/column.png"}},
    ]
    assert world.chat(messages=[{"role": "user", "content": parts}])["choices"][0]["message"]["content"]


def test_what_anthropic_cannot_do_is_named(world: Faced) -> None:
    answer = world.post(model="strict", messages=HELLO, logit_bias={"5": 1})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "unsupported_parameter"
    assert answer.json()["error"]["param"] == "logit_bias"


def test_another_endpoint_is_refused(world: Faced) -> None:
    answer = world.post("/v1/embeddings", model="vectors", input="x")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unsupported_endpoint")


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
    "http_429": (refused(429, "rate_limit_error"),) * 2,
    "http_429_bare": (refused(429, "rate_limit_error"),) * 2,
    "quota": (refused(429, "rate_limit_error"),) * 2,
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
    "bad_tool_arguments": (good(0, "tool_calls"), good(0, "tool_calls")),
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
    more = {"tools": TOOLS} if fault == "bad_tool_arguments" else {}
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
