"""A caller of OpenAI's dialect and Bedrock's Converse: text, tools, pictures, caches, thinking, signatures, faults."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from faced import HELLO, PIXEL, TOOLS, Faced, Seen, faced, joined, look

from colonnade.gateway.upstream.bedrock.upstream import bedrock
from colonnade.gateway.upstream.faces.aws_signature import ACCOUNT
from colonnade.workload.sections.serving import Fault, Upstream

pytest.importorskip("botocore", reason="the extra `bedrock` is not installed")

LONG = "All that follows is about columns and what they carry. " * 20


@pytest.fixture(scope="module")
def world() -> Iterator[Faced]:
    with faced(bedrock, "/bedrock", "bedrock") as made:
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
    assert whole["choices"][0]["native_finish_reason"] == "end_turn"
    assert whole["model"] == events[0]["model"] == "simulated-1"
    assert events[-1] == "[DONE]"
    assert len(joined(events).split()) == 12
    assert events[0]["choices"][0]["delta"]["role"] == "assistant"
    assert world.chat(max_tokens=5)["choices"][0]["finish_reason"] == "length"


def test_usage_is_bedrocks_own(world: Faced) -> None:
    world.chat()
    whole = world.witness.reply.usage
    usage = world.events(stream_options={"include_usage": True})[-2]["usage"]
    streamed = world.witness.reply.usage
    assert (whole.reported, whole.output, streamed.reported, streamed.output) == (True, 12, True, 12)
    assert whole.input == streamed.input == usage["prompt_tokens"]
    assert whole.total == usage["total_tokens"]


@pytest.mark.parametrize(("ttl", "written"), [({}, "cache_write"), ({"ttl": "1h"}, "cache_write_1h")])
def test_the_marks_of_the_cache_become_points_and_are_counted(
    world: Faced, ttl: dict[str, str], written: str
) -> None:
    part = {"type": "text", "text": LONG, "cache_control": {"type": "ephemeral", **ttl}}
    system = {"role": "system", "content": [part]}
    world.chat(messages=[system, *HELLO])
    usage = world.witness.reply.usage
    assert getattr(usage, written) > 200
    assert usage.cache_read == 0
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
    assert pieces[0]["id"].startswith("tooluse_")
    assert pieces[0]["function"]["name"] == "lookup"
    arguments = "".join(piece["function"]["arguments"] for piece in pieces)
    assert json.loads(arguments) == {"word": "simulated word"}


def test_thinking_is_shown_and_can_be_sent_back(world: Faced) -> None:
    message = world.chat(reasoning_effort="high")["choices"][0]["message"]
    assert message["reasoning_content"]
    assert message["thinking_blocks"][0]["signature"]
    events = world.events(reasoning_effort="high")
    assert joined(events, "reasoning_content") == message["reasoning_content"]
    kept = [
        choice["delta"]["thinking_blocks"]
        for event in events[:-1]
        for choice in event["choices"]
        if "thinking_blocks" in choice["delta"]
    ]
    assert kept[0][0]["thinking"] == message["reasoning_content"]
    again = world.chat(messages=[*HELLO, message, *HELLO], reasoning_effort="high")
    assert again["choices"][0]["message"]["content"]


def test_pictures_are_taken_as_bytes_and_never_as_places(world: Faced) -> None:
    def asked(url: str) -> list[Any]:
        parts = [{"type": "text", "text": "What?"}, {"type": "image_url", "image_url": {"url": url}}]
        return [{"role": "user", "content": parts}]

    inline = asked(f"data:image/png;base64,{PIXEL}")
    assert world.chat(messages=inline)["choices"][0]["message"]["content"]
    answer = world.post(model="assistant", messages=asked("https://example.com/column.png"))
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "messages[0].content[1].image_url.url"


def test_what_bedrock_cannot_do_is_named(world: Faced) -> None:
    answer = world.post(model="strict", messages=HELLO, seed=7)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "unsupported_parameter"
    assert answer.json()["error"]["param"] == "seed"


def test_another_endpoint_is_refused(world: Faced) -> None:
    answer = world.post("/v1/embeddings", model="vectors", input="x")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unsupported_endpoint")


def unkeyed(name: str, section: Upstream, secret: str | None) -> Any:
    """The upstream without a key of its own: it signs."""
    return bedrock(name, section)


@pytest.mark.parametrize(("secret", "status"), [(ACCOUNT[1], 200), ("another secret", 502)])
def test_requests_are_signed_with_the_credentials_of_the_environment(
    secret: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCOUNT[0])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-token")
    with faced(unkeyed, "/bedrock", "bedrock", region="eu-west-1") as signed:
        for stream in (False, True):
            answer = signed.post(model="assistant", messages=HELLO, stream=stream)
            assert answer.status_code == status
        if status == 502:
            assert answer.json()["error"]["code"] == "upstream_403"


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
    "bad_tool_arguments": (refused(502, "upstream_malformed_tool_use"), good(0, "tool_calls")),
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
    if fault == "http_429":
        assert getattr(raised, "retry_after_s", None) == 2.0
