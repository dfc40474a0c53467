"""Converse's events become chunks wherever their bytes are cut; whatever ends early or is damaged, fails."""

from __future__ import annotations

import asyncio
import json
import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spoken import asking, head, speaking, told

from colonnade.errors import CallError, DeadlineExceeded, InvalidRequest, UpstreamFailed, UpstreamLimited
from colonnade.gateway.upstream.bedrock.events import BedrockEvents
from colonnade.gateway.upstream.bedrock.upstream import bedrock
from colonnade.gateway.upstream.faces.aws_frames import frame
from colonnade.gateway.upstream.interface import Ask
from colonnade.gateway.upstream.web import WebUpstream
from colonnade.workload.sections.serving import Upstream

pytest.importorskip("botocore", reason="the extra `bedrock` is not installed")

from colonnade.gateway.upstream.bedrock.frames import EventStream

REQUEST = {"model": "anthropic.claude-v1:0", "messages": [{"role": "user", "content": "Hello"}]}
NAME = {"id": "chatcmpl-req-1", "model": "anthropic.claude-v1:0"}
STREAM = "application/vnd.amazon.eventstream"


def add(index: int = 0, **delta: Any) -> bytes:
    return frame("contentBlockDelta", {"contentBlockIndex": index, "delta": delta, "p": "abc"})


def begin(index: int, **used: str) -> bytes:
    return frame("contentBlockStart", {"contentBlockIndex": index, "start": {"toolUse": used}})


def close(index: int = 0) -> bytes:
    return frame("contentBlockStop", {"contentBlockIndex": index})


def stop(reason: str = "end_turn") -> bytes:
    return frame("messageStop", {"stopReason": reason})


def end(**usage: Any) -> bytes:
    counts = {"inputTokens": 25, "outputTokens": 15, "totalTokens": 40, **usage}
    return frame("metadata", {"usage": counts, "metrics": {"latencyMs": 1}})


def fails(kind: str, message: str = "your secret prompt") -> bytes:
    return frame(kind, {"message": message}, message="exception")


START = frame("messageStart", {"role": "assistant"})
TEXT = add(text="Hel") + add(text="lo ü")
WELL = START + TEXT + close() + stop() + end()


def translate(data: bytes, cuts: list[int] | None = None) -> bytes:
    """The chunks for a stream that arrives cut at these places."""
    framer, events = EventStream(), BedrockEvents(NAME)
    places = sorted({0, len(data), *(cuts or [])})
    parts = [data[one:other] for one, other in pairwise(places)]
    made = b"".join(events.take(it) for part in parts for it in framer.take(part))
    return re.sub(rb'"created":\d+', b'"created":0', made)


def outcome(data: bytes) -> bytes:
    """The chunks, or the code of the failure."""
    try:
        return translate(data)
    except UpstreamFailed as error:
        return (error.code or "").encode()


def chunks(data: bytes) -> list[Any]:
    lines = translate(data).decode().split("\n\n")
    return [json.loads(line[6:]) for line in lines if line.startswith("data: {")]


def deltas(data: bytes, field: str) -> list[Any]:
    found = [choice["delta"].get(field) for chunk in chunks(data) for choice in chunk["choices"]]
    return [it for it in found if it]


def test_text_finish_usage_and_end() -> None:
    made = chunks(WELL)
    assert "".join(deltas(WELL, "content")) == "Hello ü"
    assert {(chunk["id"], chunk["model"]) for chunk in made} == {tuple(NAME.values())}
    assert made[-2]["choices"][0]["finish_reason"] == "stop"
    assert made[-1]["usage"]["prompt_tokens"] == 25
    assert made[-1]["usage"]["completion_tokens"] == 15
    assert translate(WELL).endswith(b"data: [DONE]\n\n")


def test_what_was_cached_stands_beside_the_input() -> None:
    counts = {
        "cacheReadInputTokens": 30,
        "cacheWriteInputTokens": 70,
        "cacheDetails": [{"ttl": "1h", "inputTokens": 20}, {"ttl": "5m", "inputTokens": 50}],
        "totalTokens": 140,
    }
    usage = chunks(START + TEXT + close() + stop() + end(**counts))[-1]["usage"]
    assert (usage["prompt_tokens"], usage["total_tokens"]) == (125, 140)
    assert usage["prompt_tokens_details"] == {
        "cached_tokens": 30,
        "cache_write_tokens": 50,
        "cache_write_1h_tokens": 20,
    }


@pytest.mark.parametrize(("total", "told_as"), [(40, 70), (70, 70), (41, 41)])
def test_only_a_total_that_contradicts_is_kept(total: int, told_as: int) -> None:
    data = START + TEXT + stop() + end(cacheReadInputTokens=30, totalTokens=total)
    assert chunks(data)[-1]["usage"]["total_tokens"] == told_as


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_calls"),
        ("guardrail_intervened", "content_filter"),
        ("content_filtered", "content_filter"),
        ("something_new", "stop"),
    ],
)
def test_why_it_stopped(reason: str, finish: str) -> None:
    last = chunks(START + TEXT + close() + stop(reason) + end())[-2]["choices"][0]
    assert (last["finish_reason"], last["native_finish_reason"]) == (finish, reason)


@pytest.mark.parametrize("reason", ["malformed_model_output", "malformed_tool_use"])
def test_a_model_that_gives_up_has_not_answered(reason: str) -> None:
    with pytest.raises(UpstreamFailed) as caught:
        translate(START + stop(reason) + end())
    assert caught.value.code == f"upstream_{reason}"


def test_two_tools_beside_text() -> None:
    tools = (
        begin(1, toolUseId="t-1", name="weather")
        + add(1, toolUse={"input": ""})
        + add(1, toolUse={"input": '{"place": '})
        + add(1, toolUse={"input": '"Athens"}'})
        + close(1)
        + begin(2, toolUseId="t-2", name="now")
        + close(2)
    )
    data = START + TEXT + close() + tools + stop("tool_use") + end()
    calls = [call for given in deltas(data, "tool_calls") for call in given]
    arguments = {0: "", 1: ""}
    for call in calls:
        arguments[call["index"]] += call["function"]["arguments"]
    assert arguments == {0: '{"place": "Athens"}', 1: "{}"}
    assert [call["id"] for call in calls if "id" in call] == ["t-1", "t-2"]


def test_thinking_is_kept_with_its_signature() -> None:
    thinking = (
        add(reasoningContent={"text": "First, "})
        + add(reasoningContent={"text": "think."})
        + add(reasoningContent={"signature": "EqQB"})
        + close()
        + add(1, reasoningContent={"redactedContent": "aGlkZGVu"})
        + close(1)
    )
    data = START + thinking + add(2, text="Yes") + close(2) + stop() + end()
    assert "".join(deltas(data, "reasoning_content")) == "First, think."
    assert deltas(data, "thinking_blocks") == [
        [{"type": "thinking", "thinking": "First, think.", "signature": "EqQB"}],
        [{"type": "redacted_thinking", "data": "aGlkZGVu"}],
    ]


def test_citations_and_parts_without_a_place_are_kept() -> None:
    citation = {"title": "Vitruvius", "location": {"documentPage": {"documentIndex": 0}}}
    data = (
        START + TEXT + add(citation=citation) + add(1, image={"source": {"bytes": "AAAA"}}) + stop() + end()
    )
    assert deltas(data, "citations") == [[citation]]
    assert deltas(data, "content_parts") == [[{"image": {"source": {"bytes": "AAAA"}}}]]


def test_what_amazon_may_add_is_passed_over() -> None:
    assert translate(START + frame("somethingNew", {"x": 1}) + TEXT + close() + stop() + end()) == translate(
        WELL
    )


@given(st.lists(st.integers(min_value=0, max_value=len(WELL)), max_size=40))
def test_wherever_the_bytes_are_cut_the_chunks_are_the_same(cuts: list[int]) -> None:
    assert translate(WELL, cuts) == translate(WELL)


def test_every_single_byte_alone() -> None:
    assert translate(WELL, list(range(len(WELL)))) == translate(WELL)


def test_wherever_the_stream_ends_only_the_whole_one_is_complete() -> None:
    for length in range(len(WELL)):
        assert b"[DONE]" not in translate(WELL[:length])


@given(st.integers(min_value=0, max_value=len(WELL) - 1), st.integers(min_value=1, max_value=255))
def test_a_damaged_byte_is_never_passed_on(place: int, change: int) -> None:
    """The checksums see it; where the announced length grew, the rest of the event never comes."""
    damaged = bytearray(WELL)
    damaged[place] ^= change
    made = outcome(bytes(damaged))
    assert b"[DONE]" not in made
    assert translate(WELL).startswith(made) or made == b"upstream_malformed"


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_or_waited_for(data: bytes) -> None:
    assert outcome(data) in {b"", b"upstream_malformed"}


def upstream_at(port: int) -> WebUpstream:
    return bedrock("far", Upstream(kind="bedrock", base_url=f"http://127.0.0.1:{port}"), "key")


async def hear(upstream: WebUpstream, ask: Ask, heard: list[bytes]) -> None:
    """Keep every chunk, also of a stream that fails."""
    answer = await upstream.ask(ask)
    assert answer.chunks is not None
    async for chunk in answer.chunks:
        heard.append(chunk)  # noqa: PERF401 - what came before a failure must stay


async def failure(
    *parts: bytes, kind: str = STREAM, status: str = "200 OK", further: str = ""
) -> tuple[bytes, CallError]:
    """What was told, and the error that ended it."""
    async with speaking(head(kind, status, further), *parts) as place:
        upstream = upstream_at(place.port)
        heard: list[bytes] = []
        with pytest.raises(CallError) as caught:
            await hear(upstream, asking(REQUEST), heard)
        await upstream.close()
    return b"".join(heard), caught.value


EXCEPTIONS: list[tuple[str, type[CallError], str]] = [
    ("throttlingException", UpstreamLimited, "rate_limit_exceeded"),
    ("modelStreamErrorException", UpstreamFailed, "upstream_424"),
    ("internalServerException", UpstreamFailed, "upstream_500"),
    ("serviceUnavailableException", UpstreamFailed, "upstream_503"),
    ("validationException", InvalidRequest, "upstream_invalid_request"),
    ("somethingNewException", UpstreamFailed, "upstream_500"),
]


@pytest.mark.parametrize(("name", "kind", "code"), EXCEPTIONS)
async def test_an_exception_before_the_first_content_is_told_before_anything(
    name: str, kind: type[CallError], code: str
) -> None:
    heard, error = await failure(START + fails(name))
    assert heard == b""
    assert (type(error), error.code) == (kind, code)
    assert "secret" not in error.message


@pytest.mark.parametrize(("name", "kind", "code"), EXCEPTIONS)
async def test_an_exception_after_content_comes_after_that_content(
    name: str, kind: type[CallError], code: str
) -> None:
    heard, error = await failure(START + TEXT + fails(name))
    assert b"Hel" in heard
    assert b"[DONE]" not in heard
    assert (type(error), error.code) == (kind, code)


async def test_an_error_without_a_name_fails_too() -> None:
    _, error = await failure(START + frame("x", {}, message="error"))
    assert error.code == "upstream_500"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ((START + TEXT + close(),), "upstream_cut"),
        ((START + TEXT + close() + stop(),), "upstream_cut"),
        ((START, TEXT[:-20]), "upstream_cut"),
        ((b"",), "upstream_cut"),
        ((START + TEXT + TEXT[1:],), "upstream_malformed"),
        ((START + TEXT + add(7, toolUse={"input": "x"}),), "upstream_malformed"),
        ((START + TEXT + close() + end(),), "upstream_malformed"),
        ((START + TEXT + frame("contentBlockDelta", [1]),), "upstream_malformed"),
        ((START + TEXT + frame("messageStop", {}),), "upstream_malformed"),
        ((START + TEXT + frame("contentBlockDelta", {"delta": {"text": "x" * (2 << 20)}}),), "upstream_malformed"),
        ((b"data: {}\n\n" * 9,), "upstream_malformed"),
    ],
)  # fmt: skip
async def test_streams_that_are_no_answer(parts: tuple[bytes, ...], code: str) -> None:
    heard, error = await failure(*parts)
    assert error.code == code
    assert b"[DONE]" not in heard
    assert (b"Hel" in heard) is (add(text="Hel") in b"".join(parts))


def body(message: str = "secret") -> bytes:
    return json.dumps({"message": message}).encode()


@pytest.mark.parametrize(
    ("status", "name", "said", "kind", "code"),
    [
        (429, "ThrottlingException", "x", UpstreamLimited, "rate_limit_exceeded"),
        (429, "ThrottlingException", "Too many tokens per day", UpstreamLimited, "insufficient_quota"),
        (400, "ServiceQuotaExceededException", "x", UpstreamLimited, "insufficient_quota"),
        (400, "ValidationException:http://internal/", "x", InvalidRequest, "upstream_invalid_request"),
        (400, "ValidationException", "Input is too long for requested model.", InvalidRequest, "context_length_exceeded"),
        (400, "ValidationException", "The provided model identifier is invalid.", UpstreamFailed, "upstream_400"),
        (400, "ConflictException", "x", UpstreamFailed, "upstream_400"),
        (403, "AccessDeniedException", "x", UpstreamFailed, "upstream_403"),
        (408, "ModelTimeoutException", "x", UpstreamFailed, "upstream_408"),
        (424, "ModelErrorException", "x", UpstreamFailed, "upstream_424"),
        (503, "ServiceUnavailableException", "x", UpstreamFailed, "upstream_503"),
    ],
)  # fmt: skip
async def test_what_a_status_means(
    status: int, name: str, said: str, kind: type[CallError], code: str
) -> None:
    heard, error = await failure(
        body(said), kind="application/json", status=f"{status} No", further=f"x-amzn-errortype: {name}\r\n"
    )
    assert heard == b""
    assert (type(error), error.code) == (kind, code)


async def test_a_status_without_a_name_or_a_body() -> None:
    _, named = await failure(
        b'{"__type": "com.amazon#ThrottlingException"}', kind="application/json", status="429 No"
    )
    _, page = await failure(b"<html>", kind="text/html", status="400 No")
    assert (named.code, page.code) == ("rate_limit_exceeded", "upstream_invalid_request")


async def test_a_beginning_without_content_is_no_beginning_and_time_is_kept() -> None:
    async with speaking(head(STREAM), START, START, pause_s=0.2, stay=True) as place:
        upstream = upstream_at(place.port)
        answer = await upstream.ask(asking(REQUEST, begin_s=0.3))
        with pytest.raises(DeadlineExceeded) as caught:
            await told(answer)
        await asyncio.wait_for(place.left.wait(), 2)
        await upstream.close()
    assert caught.value.code == "first_byte_timeout"


async def test_closing_the_answer_cancels_the_upstream() -> None:
    async with speaking(head(STREAM), START + TEXT, stay=True) as place:
        upstream = upstream_at(place.port)
        answer = await upstream.ask(asking(REQUEST))
        assert answer.chunks is not None
        assert b"Hel" in await anext(answer.chunks)
        await answer.close()
        await asyncio.wait_for(place.left.wait(), 0.5)
        await upstream.close()


async def test_the_key_and_the_path_are_bedrocks() -> None:
    async with speaking(head(STREAM), WELL) as place:
        upstream = upstream_at(place.port)
        answer = await upstream.ask(asking(REQUEST))
        assert (await told(answer)).endswith(b"data: [DONE]\n\n")
        await upstream.close()
    assert place.asked[0].startswith(b"POST /model/anthropic.claude-v1%3A0/converse-stream HTTP/1.1\r\n")
    assert b"authorization: Bearer key\r\n" in place.asked[0]
