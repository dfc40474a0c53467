"""Bodies for Cohere are what its own models allow, its events become chunks, and vectors and rankings come back."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
from itertools import pairwise
from typing import Any

import cohere.types as own
import pytest
from cohere.v2.client import V2Client
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter
from running import run_simulator
from spoken import asking, head, speaking, told

from colonnade.errors import CallError, InvalidRequest
from colonnade.gateway.upstream.cohere.events import CohereEvents
from colonnade.gateway.upstream.cohere.request import CANNOT, body_of
from colonnade.gateway.upstream.cohere.upstream import Cohere, cohere
from colonnade.gateway.upstream.cohere.vectors import embed_body, ranking_of, rerank_body
from colonnade.gateway.upstream.interface import Ask
from colonnade.gateway.upstream.translation import ServerSentEvents
from colonnade.workload.sections.serving import Upstream

HELLO = {"role": "user", "content": "Hello"}
TOOL = {
    "type": "function",
    "function": {"name": "lookup", "parameters": {"type": "object", "properties": {}}},
}
OTHER = {"type": "function", "function": {"name": "now", "description": "The time.", "parameters": {}}}
TAKEN = set(inspect.signature(V2Client.chat).parameters) - {"self", "request_options"}
MODELS: dict[str, Any] = {
    "messages": list[own.ChatMessageV2],
    "tools": list[own.ToolV2],
    "response_format": own.ResponseFormatV2,
    "thinking": own.Thinking,
}


def body(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The body, which Cohere's own models allow without a field that they do not know."""
    made = body_of({"model": "command", "messages": list(messages) or [HELLO], **fields}, stream=False)
    assert set(made) - {"stream"} <= TAKEN
    for name in MODELS.keys() & made.keys():
        _known(TypeAdapter(MODELS[name]).validate_python(made[name]))
    return made


def _known(value: Any) -> None:
    if isinstance(value, list):
        for each in value:
            _known(each)
    if isinstance(value, BaseModel):
        assert not value.model_extra, f"{type(value).__name__} does not know {value.model_extra}"
        for name in value.model_fields_set:
            _known(getattr(value, name))


def refusal(*messages: dict[str, Any], **fields: Any) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        body_of({"model": "command", "messages": list(messages) or [HELLO], **fields}, stream=False)
    return caught.value


def test_the_smallest_request() -> None:
    assert body() == {"model": "command", "messages": [HELLO], "stream": False}


def test_the_fields_get_cohere_s_names() -> None:
    made = body(
        max_completion_tokens=9,
        stop="END",
        top_p=0.5,
        top_k=3,
        temperature=0.1,
        seed=1,
        frequency_penalty=0.2,
    )
    assert (made["max_tokens"], made["stop_sequences"], made["p"], made["k"]) == (9, ["END"], 0.5, 3)
    assert (made["temperature"], made["seed"], made["frequency_penalty"]) == (0.1, 1, 0.2)


def test_a_conversation_with_tools_and_thoughts() -> None:
    calls = [{"id": "c1", "type": "function", "function": {"name": "lookup", "arguments": "{}"}}]
    made = body(
        {"role": "developer", "content": "Be brief."},
        HELLO,
        {"role": "assistant", "content": None, "tool_calls": calls, "tool_plan": "I look."},
        {
            "role": "tool",
            "tool_call_id": "c1",
            "content": [{"type": "text", "text": "x", "cache_control": {}}],
        },
        {"role": "assistant", "content": "Yes.", "reasoning_content": "Hm."},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
        {"role": "assistant", "content": ""},
        tools=[TOOL],
    )
    system, _, called, result, thought, refused, empty = made["messages"]
    assert system == {"role": "system", "content": "Be brief."}
    assert called == {"role": "assistant", "tool_calls": calls, "tool_plan": "I look."}
    assert result["content"] == [{"type": "text", "text": "x"}]
    assert [part["type"] for part in thought["content"]] == ["thinking", "text"]
    assert refused["content"] == [{"type": "text", "text": "No."}]
    assert empty == {"role": "assistant", "content": ""}


@pytest.mark.parametrize(
    ("choice", "tools", "expected"),
    [
        ("auto", ["lookup", "now"], None),
        ("none", ["lookup", "now"], "NONE"),
        ("required", ["lookup", "now"], "REQUIRED"),
        ({"type": "function", "function": {"name": "now"}}, ["now"], "REQUIRED"),
    ],
)
def test_the_choice_of_tools(choice: Any, tools: list[str], expected: str | None) -> None:
    made = body(tools=[TOOL, OTHER], tool_choice=choice)
    assert [tool["function"]["name"] for tool in made["tools"]] == tools
    assert made.get("tool_choice") == expected


def test_strict_tools() -> None:
    strict = {"type": "function", "function": {**TOOL["function"], "strict": True}}
    assert body(tools=[strict])["strict_tools"] is True


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ({"type": "text"}, None),
        ({"type": "json_object"}, {"type": "json_object"}),
        (
            {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}},
            {"type": "json_object", "json_schema": {"type": "object"}},
        ),
    ],
)
def test_the_format_of_answers(given_: Any, expected: Any) -> None:
    assert body(response_format=given_).get("response_format") == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"reasoning_effort": "high"}, {"type": "enabled"}),
        ({"reasoning_effort": "none"}, {"type": "disabled"}),
        ({"thinking": {"type": "enabled", "budget_tokens": 50}}, {"type": "enabled", "token_budget": 50}),
        ({"thinking": {"type": "disabled"}}, {"type": "disabled"}),
    ],
)
def test_thinking(fields: dict[str, Any], expected: Any) -> None:
    assert body(**fields)["thinking"] == expected


@pytest.mark.parametrize("name", sorted(CANNOT))
def test_what_cannot_be_carried_is_refused(name: str) -> None:
    error = refusal(**{name: {"asks": "something"}})
    assert (error.code, error.param) == ("unsupported_parameter", name)


def user(*parts: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(parts)}


@pytest.mark.parametrize(
    ("messages", "fields", "param"),
    [
        ([{"role": "function", "content": "x"}], {}, "messages[0].role"),
        ([user({"type": "input_audio"})], {}, "messages[0].content[0]"),
        ([user(5)], {}, "messages[0].content[0]"),
        ([{"role": "user", "content": 5}], {}, "messages[0].content"),
        ([HELLO], {"tools": [{"type": "custom"}]}, "tools[0]"),
        ([HELLO], {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "x"}}}, "tool_choice"),
        ([HELLO], {"response_format": {"type": "grammar"}}, "response_format"),
    ],
)  # fmt: skip
def test_requests_that_cannot_be_carried(messages: list[Any], fields: dict[str, Any], param: str) -> None:
    assert refusal(*messages, **fields).param == param


def event(kind: str, **document: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **document})}\n\n".encode()


def piece(kind: str, **message: Any) -> bytes:
    return event(kind, index=0, delta={"message": message})


EMPTY = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
START = event("message-start", id="m-1", delta={"message": EMPTY})
TEXT = (
    piece("content-start", content={"type": "text", "text": ""})
    + piece("content-delta", content={"text": "Hel"})
    + piece("content-delta", content={"text": "lo ü"})
    + event("content-end", index=0)
)
USAGE = {"billed_units": {"input_tokens": 5.0, "output_tokens": 2.0}, "tokens": {"input_tokens": 70.0}, "cached_tokens": 3.0}  # fmt: skip
END = event("message-end", delta={"finish_reason": "COMPLETE", "usage": USAGE}) + b"data: [DONE]\n\n"
WELL = START + TEXT + END


def translate(data: bytes, cuts: list[int] | None = None) -> bytes:
    framer, events = ServerSentEvents(), CohereEvents("command")
    places = sorted({0, len(data), *(cuts or [])})
    arrived = [it for one, other in pairwise(places) for it in framer.take(data[one:other])]
    made = [events.take(it) for it in arrived if not events.complete]
    return re.sub(rb'"created":\d+', b'"created":0', b"".join(made))


@given(st.lists(st.integers(min_value=0, max_value=len(WELL)), max_size=40))
def test_wherever_the_bytes_are_cut_the_chunks_are_the_same(cuts: list[int]) -> None:
    assert translate(WELL, cuts) == translate(WELL)
    assert translate(WELL).endswith(b"data: [DONE]\n\n")


def test_what_is_billed_is_counted() -> None:
    told_ = [
        json.loads(line[6:]) for line in translate(WELL).decode().split("\n\n") if line.startswith("data: {")
    ]
    assert told_[-1]["usage"]["prompt_tokens"] == 5
    assert told_[-1]["usage"]["prompt_tokens_details"]["cached_tokens"] == 3
    assert told_[-1]["usage"]["completion_tokens"] == 2


def test_thinking_and_calls_without_arguments() -> None:
    data = (
        START
        + piece("content-delta", content={"thinking": "Hm."})
        + piece("tool-call-start", tool_calls={"id": "c1", "function": {"name": "now", "arguments": ""}})
        + event("tool-call-end", index=0)
        + END
    )
    made = translate(data).decode()
    assert '"reasoning_content":"Hm."' in made
    assert '"arguments":"{}"' in made


async def failure(*parts: bytes) -> tuple[bytes, CallError]:
    async with speaking(head(), *parts) as place:
        section = Upstream(kind="cohere", base_url=f"http://127.0.0.1:{place.port}/v2")
        upstream = cohere("far", section, "key")
        answer = await upstream.ask(asking({"model": "command", "messages": [HELLO]}))
        heard = b""
        with pytest.raises(CallError) as caught:
            heard = await told(answer)
        await upstream.close()
    assert b"authorization: Bearer key\r\n" in place.asked[0]
    return heard, caught.value


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (START + TEXT, "upstream_cut"),
        (START + TEXT + event("message-end", delta={"finish_reason": "ERROR"}), "upstream_500"),
        (START + TEXT + event("message-end", delta={"finish_reason": "TIMEOUT"}), "upstream_504"),
        (
            START + event("message-end", delta={"finish_reason": "COMPLETE", "error": "your secret"}),
            "upstream_500",
        ),
        (START + event("message-end", delta={}), "upstream_malformed"),
        (START + event("content-delta", index=0), "upstream_malformed"),
        (START + b"data: {\n\n", "upstream_malformed"),
    ],
)
async def test_streams_that_are_no_answer(data: bytes, code: str) -> None:
    heard, error = await failure(data)
    assert heard == b""
    assert error.code == code
    assert "secret" not in error.message


def test_embeddings_ask_for_what_openai_s_callers_name() -> None:
    made = embed_body({"model": "embed", "input": "one", "dimensions": 64, "encoding_format": "base64"})
    assert made == {
        "model": "embed", "texts": ["one"], "input_type": "search_document", "embedding_types": ["base64"],
        "output_dimension": 64,
    }  # fmt: skip
    assert (
        embed_body({"model": "m", "input": ["a"], "input_type": "search_query"})["input_type"]
        == "search_query"
    )


RANK = {"model": "rerank", "query": "carry", "documents": ["Roofs", {"text": "Columns carry"}], "top_n": 1}


def test_a_ranking_asks_with_texts_and_returns_documents() -> None:
    assert rerank_body({**RANK, "return_documents": True}) == {
        "model": "rerank", "query": "carry", "documents": ["Roofs", "Columns carry"], "top_n": 1,
    }  # fmt: skip
    told_ = b'{"id": "r", "results": [{"index": 1, "relevance_score": 0.9}], "meta": {"billed_units": {"search_units": 1}}}'
    made = json.loads(ranking_of(told_, {**RANK, "return_documents": True}))
    assert made["results"] == [{"index": 1, "relevance_score": 0.9, "document": {"text": "Columns carry"}}]
    assert made["meta"]["billed_units"] == {"search_units": 1}
    assert "document" not in json.loads(ranking_of(told_, RANK))["results"][0]


def test_a_ranking_of_documents_that_were_not_given_is_none() -> None:
    with pytest.raises(CallError) as caught:
        ranking_of(b'{"results": [{"index": 7, "relevance_score": 0.9}]}', RANK)
    assert caught.value.code == "upstream_malformed"


async def test_a_ranking_over_http_is_the_simulator_s() -> None:
    server, simulator = run_simulator()
    upstream = cohere("far", Upstream(kind="cohere", base_url=f"{server.url}/cohere/v2"), "key")
    try:
        ask = Ask(
            "/rerank", b"", stream=False, deadline=0.0, request_id="r-1", endpoint="rerank", request=RANK
        )
        answer = json.loads((await upstream.ask(ask)).body)
    finally:
        await upstream.close()
        await asyncio.to_thread(server.stop)
    assert answer["results"] == [{"index": 1, "relevance_score": 1.0}]
    assert answer["model"] == "rerank"
    assert list(simulator.seen) == ["r-1"]


def test_other_endpoints_are_refused() -> None:
    with pytest.raises(InvalidRequest) as caught:
        Cohere().post(Ask("/images", b"", stream=False, deadline=0.0, request_id="r", endpoint="images"))
    assert caught.value.code == "unsupported_endpoint"


@pytest.mark.parametrize("data", [b"{}", b"[]", b"\xff"])
@pytest.mark.parametrize("endpoint", ["chat", "embeddings", "rerank"])
def test_whole_answers_that_are_none(data: bytes, endpoint: str) -> None:
    ask = Ask("/x", b"", stream=False, deadline=0.0, request_id="r", endpoint=endpoint, request=RANK)
    with pytest.raises(CallError) as caught:
        Cohere().whole(ask, data)
    assert caught.value.code == "upstream_malformed"
