"""What only Anthropic understands reaches Anthropic, and is named or refused elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anthropic as official
import pytest
from running import Running, application, run_gateway, run_simulator
from telling import Scripted, post, whole

from colonnade.gateway.upstream.anthropic.upstream import anthropic
from colonnade.workload.sections.serving import Upstream

MARK = {"type": "ephemeral"}
HELLO = {"role": "user", "content": [{"type": "text", "text": "Hello", "cache_control": MARK}]}
ASK: Any = {"model": "assistant", "max_tokens": 2048, "messages": [HELLO]}
THINKING: Any = {"type": "enabled", "budget_tokens": 1024}


def dropped(answer: Any) -> set[str]:
    return set(answer.headers.get("x-colonnade-dropped-fields", "").split(",")) - {""}


async def test_an_openai_upstream_is_asked_in_plain_words() -> None:
    upstream = Scripted(whole({"content": "Yes."}, "stop"))
    tools = [
        {"name": "t", "input_schema": {}, "cache_control": MARK}, {"type": "web_search_20250305", "name": "s"},
    ]  # fmt: skip
    turns = [
        HELLO,
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "hm", "signature": "s"},
            {"type": "server_tool_use", "id": "x", "name": "s", "input": {}},
            {"type": "tool_use", "id": "a", "name": "t", "input": {}, "cache_control": MARK},
        ]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "no", "is_error": True}]},
    ]  # fmt: skip
    body = {**ASK, "messages": turns, "tools": tools, "thinking": THINKING, "container": "c", "top_k": 5}
    answer = await post(upstream, "/v1/messages", body, headers={"anthropic-beta": "b"})
    assert dropped(answer) == {
        "anthropic-beta", "cache_control", "container", "is_error", "server_tool_use", "thinking",
        "thinking_blocks", "web_search_20250305",
    }  # fmt: skip
    [asked] = upstream.asked
    assert asked.request["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "Hello"}]},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "t", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "a", "content": "no"},
    ]  # fmt: skip
    assert asked.request["tools"] == [{"type": "function", "function": {"name": "t", "parameters": {}}}]
    assert asked.request["top_k"] == 5
    assert asked.request.keys() == {"model", "max_tokens", "messages", "tools", "top_k"}


@pytest.mark.parametrize(
    ("kind", "lost"),
    [
        ("anthropic", set()),
        ("bedrock", set()),
        ("cohere", {"cache_control", "is_error", "thinking_blocks"}),
        ("gemini", {"cache_control", "thinking_blocks"}),
        ("embedded", {"cache_control", "is_error", "thinking", "thinking_blocks"}),
    ],
)
async def test_every_kind_is_given_what_it_has_a_place_for(kind: str, lost: set[str]) -> None:
    upstream = Scripted(whole({"content": "Yes."}, "stop"))
    thought = {"type": "thinking", "thinking": "hm", "signature": "s"}
    result = {"type": "tool_result", "tool_use_id": "a", "is_error": True}
    turns = [HELLO, {"role": "assistant", "content": [thought]}, {"role": "user", "content": [result]}]
    body = {**ASK, "messages": turns, "thinking": THINKING}
    answer = await post(upstream, "/v1/messages", body, kind=kind)
    assert dropped(answer) == lost
    said = repr(upstream.asked[0].request)
    names = ("cache_control", "is_error", "'thinking'", "thinking_blocks")
    assert {name.strip("'") for name in names if name not in said} >= lost - {"thinking"}
    assert ("thinking" in upstream.asked[0].request) is ("thinking" not in lost)


async def test_only_tools_of_anthropics_own_leave_no_choice_of_tools_behind() -> None:
    upstream = Scripted(whole({"content": "Yes."}, "stop"))
    own = {"tools": [{"type": "bash_20250124", "name": "bash"}], "tool_choice": {"type": "any"}}
    answer = await post(upstream, "/v1/messages", {**ASK, **own})
    assert {"bash_20250124"} <= dropped(answer)
    assert "tool_choice" not in upstream.asked[0].request


async def test_a_block_that_nobody_else_can_read_is_refused() -> None:
    source = {"type": "text", "media_type": "text/plain", "data": "x"}
    upstream = Scripted(whole({"content": "Yes."}, "stop"))
    turns = [{"role": "user", "content": [{"type": "document", "source": source}]}]
    answer = await post(upstream, "/v1/messages", {**ASK, "messages": turns})
    assert answer.status_code == 400
    assert answer.json()["error"]["details"] == {"error_code": "unsupported_parameter", "param": "messages"}
    assert upstream.asked == []


async def test_a_route_that_rejects_says_what_it_cannot_do_in_the_callers_words() -> None:
    upstream = Scripted(whole({"content": "Yes."}, "stop"))
    asking = {**ASK, "model": "strict", "metadata": {"user_id": "u"}}
    answer = await post(upstream, "/v1/messages", asking, kind="simulator")
    error = answer.json()["error"]
    assert error["message"] == "The route 'strict' cannot do: metadata.user_id, cache_control."
    assert error["details"]["param"] == "metadata.user_id"


async def test_callers_of_chat_completions_keep_what_they_say() -> None:
    upstream = Scripted(whole({"content": "Yes."}, "stop"))
    answer = await post(upstream, "/v1/chat/completions", {**ASK, "thinking": THINKING})
    assert dropped(answer) == set()
    assert upstream.asked[0].request["messages"] == [HELLO]
    assert upstream.asked[0].request["thinking"] == THINKING


@pytest.fixture(scope="module")
def claude() -> Iterator[official.Anthropic]:
    """Anthropic's client, the gateway, and a simulator that speaks Anthropic's wire, one behind the other."""
    server, _ = run_simulator()
    declared = Upstream(kind="anthropic", base_url=f"{server.url}/anthropic/v1")
    gateway: Running = run_gateway(application(anthropic("sim", declared, "k"), kind="anthropic"))
    with official.Anthropic(base_url=gateway.url, api_key="unused", max_retries=0) as client:
        yield client
    gateway.stop()
    server.stop()


def test_thinking_goes_through_an_anthropic_upstream_and_back(claude: official.Anthropic) -> None:
    raw = claude.messages.with_raw_response.create(**ASK, thinking=THINKING)
    answer = raw.parse()
    assert dropped(raw) == set()
    assert [block.type for block in answer.content] == ["thinking", "text"]
    assert answer.content[0].signature
    turns: Any = [
        HELLO,
        {"role": "assistant", "content": answer.content},
        {"role": "user", "content": "More."},
    ]
    again = claude.messages.create(**{**ASK, "messages": turns}, thinking=THINKING)
    assert again.content[-1].text


def test_streams_of_an_anthropic_upstream_equal_its_whole_answers(claude: official.Anthropic) -> None:
    whole_answer = claude.messages.create(**ASK, thinking=THINKING)
    with claude.messages.stream(**ASK, thinking=THINKING) as stream:
        streamed = stream.get_final_message()
    kinds = [block.type for block in streamed.content]
    assert kinds == [block.type for block in whole_answer.content]
    assert streamed.content[0].thinking == whole_answer.content[0].thinking
    assert streamed.content[0].signature
    assert len(streamed.content[1].text.split()) == len(whole_answer.content[1].text.split())
    assert streamed.stop_reason == whole_answer.stop_reason
    for name in ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"):
        assert getattr(streamed.usage, name) == getattr(whole_answer.usage, name)


def test_the_providers_cache_is_written_read_and_told(claude: official.Anthropic) -> None:
    for ttl in ("5m", "1h"):
        mark = {"type": "ephemeral", "ttl": ttl}
        first: Any = {
            "role": "user",
            "content": [{"type": "text", "text": "Long. " * 9, "cache_control": mark}],
        }
        written = claude.messages.create(**{**ASK, "messages": [first]}).usage
        assert written.cache_creation_input_tokens
        assert (
            getattr(written.cache_creation, f"ephemeral_{ttl}_input_tokens")
            == written.cache_creation_input_tokens
        )
        later: Any = [first, {"role": "assistant", "content": "Yes."}, {"role": "user", "content": "More."}]
        with claude.messages.stream(**{**ASK, "messages": later}) as stream:
            read = stream.get_final_message().usage
        assert read.cache_read_input_tokens == written.cache_creation_input_tokens
