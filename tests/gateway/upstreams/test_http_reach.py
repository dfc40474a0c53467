"""What every request to an upstream carries, what may not be carried, and by when an answer must begin."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spoken import asking, head, speaking, told

from colonnade.errors import DeadlineExceeded, SetupError
from colonnade.gateway.upstream.due import Due
from colonnade.gateway.upstream.http import HttpClient
from colonnade.gateway.upstream.interface import Ask
from colonnade.gateway.upstream.openai_compatible import OpenAICompatible
from colonnade.gateway.upstream.reach import Reach
from colonnade.workload.sections.serving import Upstream

EVENTS = b'data: {"choices":[]}\n\ndata: [DONE]\n\n'


def reach(**changes: Any) -> Reach:
    options = {"query": {}, "headers": {}, "key_header": None, **changes}
    return Reach(options.pop("base_url", "https://x.example/v1"), options.pop("secret", "key-1"), **options)


def at(port: int, path: str = "/v1", *, secret: str | None = "key-1", **declared: Any) -> OpenAICompatible:
    section = Upstream(kind="openai_compatible", base_url=f"http://127.0.0.1:{port}{path}", **declared)
    return OpenAICompatible("far", section, secret)


async def sent(path: str = "/v1", *, ask_path: str = "/chat/completions", secret: str | None = "key-1", **declared: Any) -> bytes:  # fmt: skip
    """The request as it arrives."""
    async with speaking(head("application/json"), b"{}") as place:
        upstream = at(place.port, path, secret=secret, **declared)
        await upstream.ask(Ask(ask_path, b"{}", stream=False, deadline=0.0, request_id="req-1"))
        await upstream.close()
    return place.asked[0]


async def test_azure_is_reached_with_its_key_header_and_version() -> None:
    request = await sent("/openai/deployments/gpt", query={"api-version": "2024-10-21"}, key_header="api-key")
    assert request.startswith(
        b"POST /openai/deployments/gpt/chat/completions?api-version=2024-10-21 HTTP/1.1\r\n"
    )
    assert b"\r\napi-key: key-1\r\n" in request
    assert b"authorization" not in request.lower()


async def test_the_key_travels_as_bearer_unless_told_otherwise() -> None:
    assert b"\r\nauthorization: Bearer key-1\r\n" in await sent()
    assert b"\r\nauthorization: Bearer key-1\r\n" in await sent(key_header="Authorization")
    assert b"authorization" not in await sent(secret=None)


async def test_further_headers_travel_and_win() -> None:
    request = await sent(headers={"HTTP-Referer": "https://us.example", "User-Agent": "ours/1"})
    assert b"\r\nhttp-referer: https://us.example\r\n" in request
    assert request.lower().count(b"\r\nuser-agent: ") == 1
    assert b"\r\nuser-agent: ours/1\r\n" in request


async def test_parameters_are_encoded_and_added_to_those_of_a_path() -> None:
    request = await sent(ask_path="/stream?alt=sse", query={"a b": "1&2"})
    assert request.startswith(b"POST /v1/stream?alt=sse&a+b=1%262 HTTP/1.1\r\n")


async def test_a_form_keeps_its_content_type() -> None:
    async with speaking(head("application/json"), b"{}") as place:
        upstream = at(place.port)
        form = "multipart/form-data; boundary=xyz"
        await upstream.ask(
            Ask(
                "/audio/transcriptions",
                b"--xyz--",
                stream=False,
                deadline=0.0,
                request_id="r",
                content_type=form,
            )
        )
        await upstream.close()
    assert f"\r\ncontent-type: {form}\r\n".encode() in place.asked[0]
    assert place.asked[0].count(b"content-type") == 1


async def test_headers_of_one_request_alone() -> None:
    async with speaking(head("application/json"), b"{}") as place:
        client = HttpClient(f"http://127.0.0.1:{place.port}", bearer=None, connections=1)
        exchange = await client.post(
            "/x", b"{}", request_id="r", deadline=0.0, headers={"x-amz-date": "today"}
        )
        assert await exchange.whole() == b"{}"
        await client.close()
    assert b"\r\nx-amz-date: today\r\n" in place.asked[0]


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "x"},
        {"Proxy-Authorization": "x"},
        {"x-api-key": "x"},
        {"api-key": "x"},
        {"apikey": "x"},
        {"X-Goog-Api-Key": "x"},
        {"Cookie": "a=b"},
        {"X-Auth-Token": "x"},
        {"x-client-secret": "x"},
        {"x-harmless": "Bearer abc"},
        {"x-harmless": "sk-abcdefghijkl"},
        {"x-harmless": "AKIAIOSFODNN7EXAMPLE"},
    ],
)
def test_secrets_in_headers_are_refused_and_not_repeated(headers: dict[str, str]) -> None:
    with pytest.raises(SetupError, match="looks like a secret") as caught:
        reach(headers=headers)
    assert "sk-abc" not in str(caught.value)
    assert "AKIA" not in str(caught.value)


@pytest.mark.parametrize("query", [{"key": "x"}, {"api_key": "x"}, {"token": "x"}, {"sig": "x"}])
def test_secrets_in_parameters_are_refused(query: dict[str, str]) -> None:
    with pytest.raises(SetupError, match="looks like a secret"):
        reach(query=query)


@pytest.mark.parametrize(
    "headers",
    [
        {"anthropic-version": "2023-06-01"},
        {"anthropic-beta": "token-efficient-tools-2025-02-19"},
        {"OpenAI-Organization": "org-1"},
        {"x-goog-user-project": "p"},
        {"X-Title": "Our assistant"},
    ],
)
def test_headers_that_providers_want_are_taken(headers: dict[str, str]) -> None:
    (name,) = headers
    assert f"\r\n{name.lower()}: {headers[name]}\r\n".encode() in reach(headers=headers).head


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "elsewhere"},
        {"Content-Length": "5"},
        {"transfer-encoding": "chunked"},
        {"x-request-id": "mine"},
        {"two words": "x"},
        {"": "x"},
        {"x-a": "line\r\nbreak"},
        {"x-a": "ü"},
    ],
)
def test_headers_that_break_requests_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(SetupError, match="header"):
        reach(headers=headers)


@given(st.text(max_size=8), st.text(max_size=12))
def test_no_header_adds_a_line(name: str, value: str) -> None:
    plain = reach().head.count(b"\r\n")
    with suppress(SetupError):
        made = reach(headers={name: value}).head
        assert made.count(b"\r\n") <= plain + 1
        assert made.count(b"\n") == made.count(b"\r\n")


@pytest.mark.parametrize("key_header", ["content-length", "two words", "x\r\ny"])
def test_headers_that_carry_no_key(key_header: str) -> None:
    with pytest.raises(SetupError):
        reach(key_header=key_header)


def test_a_fault_names_the_upstream_of_the_workload_file() -> None:
    section = Upstream(kind="openai_compatible", base_url="https://x.example/v1", headers={"cookie": "a"})
    with pytest.raises(SetupError, match=r"upstreams\.far: "):
        OpenAICompatible("far", section)


def test_what_is_due_first() -> None:
    assert Due(5.0).soonest == 5.0
    assert Due(5.0, 2.0).soonest == 2.0
    assert Due(0.0, 2.0).error().code == "first_byte_timeout"
    assert Due(5.0, 7.0).error().code == "deadline_exceeded"
    due = Due(5.0, 2.0)
    due.begun()
    assert (due.soonest, due.error().code) == (5.0, "deadline_exceeded")


@pytest.mark.parametrize(
    "parts",
    [(), (head(),), (head(), b": PROCESSING\n\n", b": PROCESSING\n\n", b": PROCESSING\n\n")],
    ids=["nothing", "a head alone", "comments alone"],
)
async def test_an_answer_that_does_not_begin_in_time(parts: tuple[bytes, ...]) -> None:
    async with speaking(*parts, pause_s=0.05, stay=True) as place:
        upstream = at(place.port)
        began = asyncio.get_running_loop().time()
        with pytest.raises(DeadlineExceeded) as caught:
            await told(await upstream.ask(asking({}, begin_s=0.2)))
        assert asyncio.get_running_loop().time() - began < 0.6
        await asyncio.wait_for(place.left.wait(), 2)
        await upstream.close()
    assert caught.value.code == "first_byte_timeout"


async def test_an_answer_that_began_is_not_hurried() -> None:
    async with speaking(
        head(), b": PROCESSING\n\n", EVENTS[:5], b"", b"", b"", EVENTS[5:], pause_s=0.1
    ) as place:
        upstream = at(place.port)
        assert EVENTS in await told(await upstream.ask(asking({}, begin_s=0.3)))
        await upstream.close()


async def test_the_deadline_holds_after_the_beginning() -> None:
    async with speaking(head(), EVENTS[:5], stay=True) as place:
        upstream = at(place.port)
        with pytest.raises(DeadlineExceeded) as caught:
            await told(await upstream.ask(asking({}, begin_s=0.1, within_s=0.3)))
        await upstream.close()
    assert caught.value.code == "deadline_exceeded"


async def test_waiting_for_a_connection_counts_too() -> None:
    async with speaking(stay=True) as place:
        upstream = at(place.port, connections=1)
        busy = asyncio.ensure_future(upstream.ask(asking({})))
        await asyncio.sleep(0.02)
        with pytest.raises(DeadlineExceeded) as caught:
            await upstream.ask(asking({}, begin_s=0.1))
        busy.cancel()
        await asyncio.gather(busy, return_exceptions=True)
        await upstream.close()
    assert caught.value.code == "first_byte_timeout"
