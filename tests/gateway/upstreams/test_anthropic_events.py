"""Anthropic's events, byte for byte as its documentation shows them, become chunks; whatever ends early, fails."""

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

from colonnade.errors import CallError, DeadlineExceeded, UpstreamFailed, UpstreamLimited
from colonnade.gateway.upstream.anthropic.events import AnthropicEvents
from colonnade.gateway.upstream.anthropic.upstream import anthropic
from colonnade.gateway.upstream.interface import Ask
from colonnade.gateway.upstream.translation import ServerSentEvents
from colonnade.gateway.upstream.web import WebUpstream
from colonnade.workload.sections.serving import Upstream

REQUEST = {"model": "claude", "messages": [{"role": "user", "content": "Hello"}]}


def event(**document: Any) -> bytes:
    return f"event: {document['type']}\ndata: {json.dumps(document)}\n\n".encode()


def start(**usage: Any) -> bytes:
    message = {
        "id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": "claude-1",
        "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 25, "output_tokens": 1, **usage},
    }  # fmt: skip
    return event(type="message_start", message=message)


def begin(index: int, **block: Any) -> bytes:
    return event(type="content_block_start", index=index, content_block=block)


def add(index: int, kind: str, **delta: Any) -> bytes:
    return event(type="content_block_delta", index=index, delta={"type": kind, **delta})


def close(index: int) -> bytes:
    return event(type="content_block_stop", index=index)


def stop(reason: str = "end_turn", **further: Any) -> bytes:
    ending = event(
        type="message_delta",
        delta={"stop_reason": reason, "stop_sequence": None, **further},
        usage={"output_tokens": 15},
    )
    return ending + event(type="message_stop")


PING = event(type="ping")
TEXT = (
    begin(0, type="text", text="")
    + PING
    + add(0, "text_delta", text="Hel")
    + add(0, "text_delta", text="lo ü")
)
OVERLOADED = event(
    type="error", error={"type": "overloaded_error", "message": "Overloaded: your secret prompt"}
)
WELL = start() + TEXT + close(0) + stop()


def translate(data: bytes, cuts: list[int] | None = None) -> bytes:
    """The chunks for a stream that arrives cut at these places."""
    framer, events = ServerSentEvents(), AnthropicEvents()
    places = sorted({0, len(data), *(cuts or [])})
    parts = [data[one:other] for one, other in pairwise(places)]
    told = b"".join(events.take(it) for part in parts for it in framer.take(part))
    return re.sub(rb'"created":\d+', b'"created":0', told)


def chunks(data: bytes) -> list[Any]:
    return [
        json.loads(line[6:]) for line in translate(data).decode().split("\n\n") if line.startswith("data: {")
    ]


def deltas(data: bytes, field: str) -> list[Any]:
    found = [choice["delta"].get(field) for chunk in chunks(data) for choice in chunk["choices"]]
    return [it for it in found if it]


def test_text_finish_usage_and_end() -> None:
    made = chunks(WELL)
    assert "".join(deltas(WELL, "content")) == "Hello ü"
    assert {(chunk["id"], chunk["model"], chunk["object"]) for chunk in made} == {
        ("msg_1", "claude-1", "chat.completion.chunk")
    }
    assert made[-2]["choices"][0]["finish_reason"] == "stop"
    assert made[-1]["usage"]["prompt_tokens"] == 25
    assert made[-1]["usage"]["completion_tokens"] == 15
    assert translate(WELL).endswith(b"data: [DONE]\n\n")


def test_caches_and_thinking_are_counted_apart() -> None:
    usage = {
        "cache_creation_input_tokens": 70,
        "cache_read_input_tokens": 30,
        "cache_creation": {"ephemeral_5m_input_tokens": 50, "ephemeral_1h_input_tokens": 20},
    }
    (made,) = [
        chunk["usage"] for chunk in chunks(start(**usage) + TEXT + close(0) + stop()) if "usage" in chunk
    ]
    assert made["prompt_tokens"] == 125
    assert made["prompt_tokens_details"] == {
        "cached_tokens": 30,
        "cache_write_tokens": 50,
        "cache_write_1h_tokens": 20,
    }


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_calls"),
        ("refusal", "content_filter"),
        ("pause_turn", "stop"),
        ("something_new", "stop"),
    ],
)
def test_why_it_stopped(reason: str, finish: str) -> None:
    (last,) = [
        choice for chunk in chunks(start() + TEXT + close(0) + stop(reason)) for choice in chunk["choices"]
        if choice["finish_reason"]
    ]  # fmt: skip
    assert (last["finish_reason"], last["native_finish_reason"]) == (finish, reason)


def test_two_tools_beside_text() -> None:
    tools = (
        begin(1, type="tool_use", id="toolu_1", name="weather", input={})
        + add(1, "input_json_delta", partial_json="")
        + add(1, "input_json_delta", partial_json='{"place": ')
        + add(1, "input_json_delta", partial_json='"Athens"}')
        + close(1)
        + begin(2, type="tool_use", id="toolu_2", name="now", input={})
        + add(2, "input_json_delta", partial_json="")
        + close(2)
    )
    calls = [
        call
        for given in deltas(start() + TEXT + close(0) + tools + stop("tool_use"), "tool_calls")
        for call in given
    ]
    arguments = {0: "", 1: ""}
    for call in calls:
        arguments[call["index"]] += call["function"]["arguments"]
    assert arguments == {0: '{"place": "Athens"}', 1: "{}"}
    assert [call["id"] for call in calls if "id" in call] == ["toolu_1", "toolu_2"]


def test_thinking_is_kept_with_its_signature() -> None:
    thinking = (
        begin(0, type="thinking", thinking="", signature="")
        + add(0, "thinking_delta", thinking="First, ")
        + add(0, "thinking_delta", thinking="think.")
        + add(0, "signature_delta", signature="EqQB")
        + close(0)
        + begin(1, type="redacted_thinking", data="hidden")
        + close(1)
    )
    data = (
        start()
        + thinking
        + begin(2, type="text", text="")
        + add(2, "text_delta", text="Yes")
        + close(2)
        + stop()
    )
    assert "".join(deltas(data, "reasoning_content")) == "First, think."
    assert deltas(data, "thinking_blocks") == [
        [{"type": "thinking", "thinking": "First, think.", "signature": "EqQB"}],
        [{"type": "redacted_thinking", "data": "hidden"}],
    ]


def test_citations_and_blocks_of_anthropics_own_are_kept() -> None:
    citation = {"type": "char_location", "cited_text": "x", "document_index": 0}
    searched = (
        begin(1, type="server_tool_use", id="srvtoolu_1", name="web_search", input={})
        + add(1, "input_json_delta", partial_json='{"query": "columns"}')
        + close(1)
        + begin(
            2,
            type="web_search_tool_result",
            tool_use_id="srvtoolu_1",
            content=[{"type": "web_search_result"}],
        )
        + close(2)
    )
    data = (
        start()
        + TEXT
        + add(0, "citations_delta", citation=citation)
        + close(0)
        + searched
        + stop("pause_turn")
    )
    assert deltas(data, "citations") == [[citation]]
    (search,), (result,) = deltas(data, "content_blocks")
    assert search["input"] == {"query": "columns"}
    assert result["tool_use_id"] == "srvtoolu_1"


def test_what_anthropic_may_add_is_passed_over() -> None:
    assert translate(start() + event(type="something_new", x=1) + TEXT + close(0) + stop()) == translate(WELL)


@given(st.lists(st.integers(min_value=0, max_value=len(WELL)), max_size=40))
def test_wherever_the_bytes_are_cut_the_chunks_are_the_same(cuts: list[int]) -> None:
    assert translate(WELL, cuts) == translate(WELL)


def test_every_single_byte_alone() -> None:
    data = WELL.replace(b"\n", b"\r\n")
    assert translate(data, list(range(len(data)))) == translate(WELL)


def upstream_at(port: int) -> WebUpstream:
    return anthropic("far", Upstream(kind="anthropic", base_url=f"http://127.0.0.1:{port}/v1"), "key")


async def hear(upstream: WebUpstream, ask: Ask, heard: list[bytes]) -> None:
    """Keep every chunk, also of a stream that fails."""
    answer = await upstream.ask(ask)
    assert answer.chunks is not None
    async for chunk in answer.chunks:
        heard.append(chunk)  # noqa: PERF401 - what came before a failure must stay


async def failure(*parts: bytes, kind: str = "text/event-stream", **asked: Any) -> tuple[bytes, CallError]:
    """What was told, and the error that ended it."""
    async with speaking(head(kind), *parts) as place:
        upstream = upstream_at(place.port)
        heard: list[bytes] = []
        with pytest.raises(CallError) as caught:
            await hear(upstream, asking(REQUEST, **asked), heard)
        await upstream.close()
    return b"".join(heard), caught.value


async def test_an_error_before_the_first_content_is_told_before_anything() -> None:
    heard, error = await failure(start() + PING + OVERLOADED)
    assert heard == b""
    assert isinstance(error, UpstreamFailed)
    assert (error.code, error.retryable) == ("upstream_529", True)
    assert "secret" not in error.message


async def test_an_error_as_the_first_event() -> None:
    heard, error = await failure(event(type="error", error={"type": "rate_limit_error", "message": "x"}))
    assert heard == b""
    assert isinstance(error, UpstreamLimited)


async def test_an_error_after_content_comes_after_that_content() -> None:
    heard, error = await failure(start() + TEXT + OVERLOADED)
    assert b"Hel" in heard
    assert b"[DONE]" not in heard
    assert error.code == "upstream_529"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ((start() + TEXT + close(0),), "upstream_cut"),
        ((start() + TEXT + close(0) + stop().split(b"event: message_stop")[0],), "upstream_cut"),
        ((start(), TEXT[:-20]), "upstream_cut"),
        ((b"",), "upstream_cut"),
        ((start() + TEXT + b'event: content_block_delta\ndata: {"type": \n\n',), "upstream_malformed"),
        ((start() + TEXT + add(7, "text_delta", text="x"),), "upstream_malformed"),
        ((start() + add(0, "text_delta", text="x"),), "upstream_malformed"),
        ((start() + close(0),), "upstream_malformed"),
        ((start() + TEXT + close(0) + event(type="message_stop"),), "upstream_malformed"),
        ((b"data: " + b"x" * (2 << 20),), "upstream_malformed"),
        ((b"data: \xff\xfe\n\n",), "upstream_malformed"),
        ((b"data: [1]\n\n",), "upstream_malformed"),
    ],
)  # fmt: skip
async def test_streams_that_are_no_answer(parts: tuple[bytes, ...], code: str) -> None:
    heard, error = await failure(*parts)
    assert error.code == code
    assert b"[DONE]" not in heard


async def test_a_whole_answer_where_a_stream_was_asked_for() -> None:
    _, error = await failure(b"{}", kind="application/json")
    assert error.code == "upstream_malformed"


async def test_pings_alone_do_not_begin_an_answer() -> None:
    async with speaking(head(), start(), PING, PING, PING, PING, pause_s=0.1, stay=True) as place:
        upstream = upstream_at(place.port)
        answer = await upstream.ask(asking(REQUEST, begin_s=0.25))
        with pytest.raises(DeadlineExceeded) as caught:
            await told(answer)
        await asyncio.wait_for(place.left.wait(), 2)
        await upstream.close()
    assert caught.value.code == "first_byte_timeout"


async def test_an_answer_that_began_in_time_may_take_longer() -> None:
    parts = (start() + TEXT, PING, PING, PING, PING, close(0) + stop())
    async with speaking(head(), *parts, pause_s=0.1) as place:
        upstream = upstream_at(place.port)
        answer = await upstream.ask(asking(REQUEST, begin_s=0.25))
        assert (await told(answer)).endswith(b"data: [DONE]\n\n")
        await upstream.close()


async def test_an_answer_without_a_head_in_time() -> None:
    async with speaking(stay=True) as place:
        upstream = upstream_at(place.port)
        with pytest.raises(DeadlineExceeded) as caught:
            await upstream.ask(asking(REQUEST, begin_s=0.15))
        await asyncio.wait_for(place.left.wait(), 2)
        await upstream.close()
    assert caught.value.code == "first_byte_timeout"


async def test_who_stops_reading_cancels_the_upstream() -> None:
    async with speaking(head(), start() + TEXT, stay=True) as place:
        upstream = upstream_at(place.port)
        answer = await upstream.ask(asking(REQUEST))
        assert answer.chunks is not None
        assert b"Hel" in await answer.chunks.__anext__()
        await answer.close()
        await asyncio.wait_for(place.left.wait(), 0.1)
        await upstream.close()


async def test_an_unread_stream_is_cancelled_too() -> None:
    async with speaking(head(), start(), stay=True) as place:
        upstream = upstream_at(place.port)
        await (await upstream.ask(asking(REQUEST))).close()
        await asyncio.wait_for(place.left.wait(), 0.1)
        await upstream.close()


async def test_a_slow_reader_makes_the_upstream_wait() -> None:
    flood = add(0, "text_delta", text="x" * 8000) * 400  # 3.2 MB: more than sockets and the gateway hold
    async with speaking(head(), start() + begin(0, type="text", text=""), flood, stay=True) as place:
        upstream = upstream_at(place.port)
        answer = await upstream.ask(asking(REQUEST))
        assert answer.chunks is not None
        await answer.chunks.__anext__()
        await asyncio.sleep(0.2)
        (exchange,) = upstream.client.pool._exchanges
        assert exchange.paused
        assert exchange._size < 1 << 20
        await answer.close()
        await upstream.close()


async def test_the_connection_is_kept_after_a_good_end() -> None:
    body = WELL
    framed = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    whole = (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n" + framed
    )
    async with speaking(whole, stay=True) as place:
        upstream = upstream_at(place.port)
        for _ in range(3):
            assert (await told(await upstream.ask(asking(REQUEST)))).endswith(b"data: [DONE]\n\n")
            await asyncio.sleep(0.01)
        await upstream.close()
    assert (len(place.asked), len(place.writers)) == (3, 1)


async def test_the_head_names_version_and_key() -> None:
    async with speaking(head(), WELL) as place:
        upstream = upstream_at(place.port)
        await told(await upstream.ask(asking(REQUEST)))
        await upstream.close()
    sent = place.asked[0]
    assert sent.startswith(b"POST /v1/messages HTTP/1.1\r\n")
    assert b"x-api-key: key\r\n" in sent
    assert b"anthropic-version: 2023-06-01\r\n" in sent
    assert b"authorization" not in sent
    assert b"x-request-id: req-1\r\n" in sent


async def test_the_version_and_betas_may_be_named() -> None:
    async with speaking(head(), WELL) as place:
        headers = {"anthropic-version": "2030-01-01", "anthropic-beta": "context-1m"}
        section = Upstream(kind="anthropic", base_url=f"http://127.0.0.1:{place.port}/v1", headers=headers)
        upstream = anthropic("far", section, "key")
        await told(await upstream.ask(asking(REQUEST)))
        await upstream.close()
    assert b"anthropic-version: 2030-01-01\r\n" in place.asked[0]
    assert b"2023-06-01" not in place.asked[0]
    assert b"anthropic-beta: context-1m\r\n" in place.asked[0]
