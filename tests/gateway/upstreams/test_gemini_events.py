"""Gemini's events become chunks wherever their bytes are cut; whatever ends early, fails."""

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
from colonnade.gateway.upstream.gemini.events import GeminiEvents
from colonnade.gateway.upstream.gemini.upstream import gemini
from colonnade.gateway.upstream.interface import Ask
from colonnade.gateway.upstream.translation import ServerSentEvents
from colonnade.gateway.upstream.web import WebUpstream
from colonnade.workload.sections.serving import Upstream

REQUEST = {"model": "gemini-3-pro", "messages": [{"role": "user", "content": "Hello"}]}
FALLBACK = {"id": "chatcmpl-req-1", "model": "gemini-3-pro"}
USAGE = {
    "promptTokenCount": 20, "cachedContentTokenCount": 8, "candidatesTokenCount": 5, "thoughtsTokenCount": 7,
    "toolUsePromptTokenCount": 3, "totalTokenCount": 35,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 16}, {"modality": "AUDIO", "tokenCount": 4}],
}  # fmt: skip


def event(**document: Any) -> bytes:
    return f"data: {json.dumps(document, ensure_ascii=False)}\r\n\r\n".encode()


def said(*parts: dict[str, Any], finish: str | None = None, index: int = 0, **further: Any) -> bytes:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": list(parts)}, "index": index}
    if finish:
        candidate["finishReason"] = finish
    named = {"responseId": "r-1", "modelVersion": "gemini-3-pro-001"}
    return event(candidates=[{**candidate, **further}], usageMetadata=USAGE, **named)


TEXT = said({"text": "Hel"}) + said({"text": "lo ü"})
WELL = TEXT + said({"text": ""}, finish="STOP")
OVERLOADED = event(error={"code": 503, "message": "your secret prompt", "status": "UNAVAILABLE"})


def translate(data: bytes, cuts: list[int] | None = None) -> bytes:
    """The chunks for a stream that arrives cut at these places, and ends."""
    framer, events = ServerSentEvents(), GeminiEvents(FALLBACK)
    places = sorted({0, len(data), *(cuts or [])})
    parts = [data[one:other] for one, other in pairwise(places)]
    made = b"".join(events.take(it) for part in parts for it in framer.take(part))
    return re.sub(rb'"created":\d+', b'"created":0', made + events.end())


def chunks(data: bytes) -> list[Any]:
    lines = translate(data).decode().split("\n\n")
    return [json.loads(line[6:]) for line in lines if line.startswith("data: {")]


def deltas(data: bytes, field: str) -> list[Any]:
    found = [choice["delta"].get(field) for chunk in chunks(data) for choice in chunk["choices"]]
    return [it for it in found if it]


def finishes(data: bytes) -> list[Any]:
    return [choice for chunk in chunks(data) for choice in chunk["choices"] if choice["finish_reason"]]


def test_text_finish_usage_and_end() -> None:
    made = chunks(WELL)
    assert "".join(deltas(WELL, "content")) == "Hello ü"
    assert {(chunk["id"], chunk["model"]) for chunk in made} == {("r-1", "gemini-3-pro-001")}
    assert made[-2]["choices"][0]["finish_reason"] == "stop"
    assert translate(WELL).endswith(b"data: [DONE]\n\n")


def test_thoughts_stand_beside_the_candidates_and_are_counted_once() -> None:
    usage = chunks(WELL)[-1]["usage"]
    assert usage["prompt_tokens"] == 23
    assert usage["completion_tokens"] == 12
    assert usage["total_tokens"] == 35
    assert usage["prompt_tokens_details"]["cached_tokens"] == 8
    assert usage["prompt_tokens_details"]["audio_tokens"] == 4
    assert usage["completion_tokens_details"]["reasoning_tokens"] == 7


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("STOP", "stop"),
        ("MAX_TOKENS", "length"),
        ("SAFETY", "content_filter"),
        ("RECITATION", "content_filter"),
        ("PROHIBITED_CONTENT", "content_filter"),
        ("SOMETHING_NEW", "stop"),
    ],
)
def test_why_it_stopped(reason: str, finish: str) -> None:
    (last,) = finishes(TEXT + said(finish=reason))
    assert (last["finish_reason"], last["native_finish_reason"]) == (finish, reason)


@pytest.mark.parametrize("reason", ["MALFORMED_FUNCTION_CALL", "OTHER", "UNEXPECTED_TOOL_CALL"])
def test_a_model_that_gives_up_has_not_answered(reason: str) -> None:
    with pytest.raises(UpstreamFailed) as caught:
        translate(said(finish=reason))
    assert caught.value.code == f"upstream_{reason.lower()}"


def test_a_finish_in_every_event_ends_nothing() -> None:
    data = said({"text": "Hel"}, finish="STOP") + said({"text": "lo"}, finish="STOP")
    assert "".join(deltas(data, "content")) == "Hello"
    assert len(finishes(data)) == 1


def test_thoughts_calls_and_signatures() -> None:
    data = (
        said({"text": "Hm. ", "thought": True})
        + said({"functionCall": {"name": "weather", "args": {"place": "Athens"}}, "thoughtSignature": "c2ln"})
        + said({"functionCall": {"name": "now", "id": "own"}})
        + said(finish="STOP")
    )
    assert deltas(data, "reasoning_content") == ["Hm. "]
    first, second = (call for given in deltas(data, "tool_calls") for call in given)
    assert (first["index"], second["index"], second["id"]) == (0, 1, "own")
    assert first["id"].startswith("call_")
    assert json.loads(first["function"]["arguments"]) == {"place": "Athens"}
    assert second["function"]["arguments"] == "{}"
    assert first["extra_content"] == {"google": {"thought_signature": "c2ln"}}
    assert "extra_content" not in second
    assert finishes(data)[0]["finish_reason"] == "tool_calls"


def test_a_signature_of_text_travels_beside_it() -> None:
    data = said({"text": "Yes", "thoughtSignature": "c2ln"}) + said(
        {"text": "", "thoughtSignature": "bW9yZQ=="}
    )
    signatures = deltas(data + said(finish="STOP"), "extra_content")
    assert [each["google"]["thought_signature"] for each in signatures] == ["c2ln", "bW9yZQ=="]


def test_pictures_and_parts_without_a_place_are_shown() -> None:
    code = {"executableCode": {"language": "PYTHON", "code": "1+1"}}
    data = said({"inlineData": {"mimeType": "image/png", "data": "AAAA"}}, code, finish="STOP")
    assert deltas(data, "images")[0][0]["image_url"]["url"] == "data:image/png;base64,AAAA"
    assert deltas(data, "content_parts") == [[code]]


def test_sources_and_likelihoods_come_with_the_finish() -> None:
    def likely(token: str) -> dict[str, Any]:
        other = {"candidates": [{"token": token, "logProbability": -0.1}]}
        return {"chosenCandidates": [{"token": token, "logProbability": -0.1}], "topCandidates": [other]}

    data = (
        said({"text": "a"}, logprobsResult=likely("a"))
        + said({"text": "b"}, logprobsResult=likely("b"), groundingMetadata={"webSearchQueries": ["columns"]})
        + said(finish="STOP")
    )
    (last,) = finishes(data)
    assert [each["token"] for each in last["logprobs"]["content"]] == ["a", "b"]
    assert last["logprobs"]["content"][0]["top_logprobs"][0]["logprob"] == -0.1
    assert last["grounding_metadata"] == {"webSearchQueries": ["columns"]}


def test_a_prompt_that_is_refused_is_filtered_content() -> None:
    data = event(promptFeedback={"blockReason": "PROHIBITED_CONTENT"}, usageMetadata={"promptTokenCount": 9})
    (last,) = finishes(data)
    assert (last["finish_reason"], last["native_finish_reason"]) == ("content_filter", "PROHIBITED_CONTENT")
    assert chunks(data)[-1]["usage"]["prompt_tokens"] == 9


def test_what_google_may_add_is_passed_over() -> None:
    assert translate(TEXT + event(somethingNew=1) + said(finish="STOP")) == translate(WELL)


@given(st.lists(st.integers(min_value=0, max_value=len(WELL)), max_size=40))
def test_wherever_the_bytes_are_cut_the_chunks_are_the_same(cuts: list[int]) -> None:
    assert translate(WELL, cuts) == translate(WELL)


def test_every_single_byte_alone() -> None:
    assert translate(WELL, list(range(len(WELL)))) == translate(WELL)


def test_wherever_the_stream_ends_only_the_whole_one_is_complete() -> None:
    last = len(TEXT) + len(said({"text": ""}, finish="STOP")) - len("\r\n\r\n")
    for length in range(last):
        with pytest.raises(UpstreamFailed):
            translate(WELL[:length])


def upstream_at(port: int) -> WebUpstream:
    return gemini("far", Upstream(kind="gemini", base_url=f"http://127.0.0.1:{port}/v1beta"), "key")


async def hear(upstream: WebUpstream, ask: Ask, heard: list[bytes]) -> None:
    """Keep every chunk, also of a stream that fails."""
    answer = await upstream.ask(ask)
    assert answer.chunks is not None
    async for chunk in answer.chunks:
        heard.append(chunk)  # noqa: PERF401 - what came before a failure must stay


async def failure(
    *parts: bytes, kind: str = "text/event-stream", status: str = "200 OK"
) -> tuple[bytes, CallError]:
    """What was told, and the error that ended it."""
    async with speaking(head(kind, status), *parts) as place:
        upstream = upstream_at(place.port)
        heard: list[bytes] = []
        with pytest.raises(CallError) as caught:
            await hear(upstream, asking(REQUEST), heard)
        await upstream.close()
    return b"".join(heard), caught.value


async def test_an_error_as_the_first_event_is_told_before_anything() -> None:
    heard, error = await failure(OVERLOADED)
    assert heard == b""
    assert (error.code, error.retryable) == ("upstream_503", True)
    assert "secret" not in error.message


async def test_an_error_after_content_comes_after_that_content() -> None:
    heard, error = await failure(TEXT + OVERLOADED)
    assert b"Hel" in heard
    assert b"[DONE]" not in heard
    assert error.code == "upstream_503"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ((TEXT,), "upstream_cut"),
        ((said({"text": "Hel"}, finish="STOP"), said({"text": "lo"})), "upstream_cut"),
        ((b"",), "upstream_cut"),
        ((said({"text": "a"}, finish="STOP"), said({"text": "b"}, index=1)), "upstream_cut"),
        ((TEXT + b'data: {"candidates": \n\n',), "upstream_malformed"),
        ((b"data: " + b"x" * (2 << 20),), "upstream_malformed"),
        ((b"data: \xff\xfe\n\n",), "upstream_malformed"),
        ((b"data: [1]\n\n",), "upstream_malformed"),
    ],
)
async def test_streams_that_are_no_answer(parts: tuple[bytes, ...], code: str) -> None:
    heard, error = await failure(*parts)
    assert error.code == code
    assert b"[DONE]" not in heard


def body(status: str, message: str = "secret", *details: dict[str, Any]) -> bytes:
    return json.dumps(
        {"error": {"code": 1, "status": status, "message": message, "details": details}}
    ).encode()


QUOTA = {"@type": "QuotaFailure", "violations": [{"quotaId": "GenerateRequestsPerDayPerProject"}]}


@pytest.mark.parametrize(
    ("status", "said_so", "kind", "code"),
    [
        ("429 Too Many", body("RESOURCE_EXHAUSTED"), UpstreamLimited, "rate_limit_exceeded"),
        ("429 Too Many", b"[" + body("RESOURCE_EXHAUSTED", "x", QUOTA) + b"]", UpstreamLimited, "insufficient_quota"),
        ("400 Bad", body("INVALID_ARGUMENT"), InvalidRequest, "invalid_argument"),
        ("400 Bad", body("INVALID_ARGUMENT", "The input token count (9) exceeds"), InvalidRequest, "context_length_exceeded"),
        ("400 Bad", body("INVALID_ARGUMENT", "x", {"reason": "API_KEY_INVALID"}), UpstreamFailed, "upstream_400"),
        ("400 Bad", body("FAILED_PRECONDITION"), UpstreamFailed, "upstream_400"),
        ("403 Forbidden", body("PERMISSION_DENIED"), UpstreamFailed, "upstream_403"),
        ("404 Not Found", b"<html>", UpstreamFailed, "upstream_404"),
        ("503 Down", body("UNAVAILABLE"), UpstreamFailed, "upstream_503"),
    ],
)  # fmt: skip
async def test_what_a_status_means(status: str, said_so: bytes, kind: type[CallError], code: str) -> None:
    heard, error = await failure(said_so, kind="application/json", status=status)
    assert heard == b""
    assert type(error) is kind
    assert error.code == code
    assert "secret" not in error.message


async def test_the_wish_to_be_left_alone_is_heard() -> None:
    wish = {"@type": "RetryInfo", "retryDelay": "34.07s"}
    _, error = await failure(
        body("RESOURCE_EXHAUSTED", "x", wish), kind="application/json", status="429 Many"
    )
    assert error.retry_after_s == 34.07


async def test_comments_do_not_begin_an_answer_and_time_is_kept() -> None:
    async with speaking(head(), b": alive\n\n", b": alive\n\n", pause_s=0.2, stay=True) as place:
        upstream = upstream_at(place.port)
        answer = await upstream.ask(asking(REQUEST, begin_s=0.3))
        with pytest.raises(DeadlineExceeded) as caught:
            await told(answer)
        await asyncio.wait_for(place.left.wait(), 2)
        await upstream.close()
    assert caught.value.code == "first_byte_timeout"


async def test_closing_the_answer_cancels_the_upstream() -> None:
    async with speaking(head(), TEXT, stay=True) as place:
        upstream = upstream_at(place.port)
        answer = await upstream.ask(asking(REQUEST))
        assert answer.chunks is not None
        assert b"Hel" in await anext(answer.chunks)
        await answer.close()
        await asyncio.wait_for(place.left.wait(), 0.5)
        await upstream.close()


async def test_the_key_and_the_method_are_geminis() -> None:
    async with speaking(head(), WELL) as place:
        upstream = upstream_at(place.port)
        answer = await upstream.ask(asking(REQUEST))
        assert (await told(answer)).endswith(b"data: [DONE]\n\n")
        await upstream.close()
    assert place.asked[0].startswith(
        b"POST /v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse HTTP/1.1\r\n"
    )
    assert b"x-goog-api-key: key\r\n" in place.asked[0]
    assert b"authorization" not in place.asked[0]
