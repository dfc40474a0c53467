"""The simulator's face of Anthropic speaks the real wire: Anthropic's own client works with it, whole and streamed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anthropic
import httpx
import pytest
from running import FAST, run_simulator

from colonnade.workload.sections.serving import Fault

ASK: dict[str, Any] = {
    "model": "claude-simulated",
    "max_tokens": 2048,
    "messages": [{"role": "user", "content": "Tell me about columns."}],
}
TOOL: dict[str, Any] = {
    "name": "lookup",
    "input_schema": {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]},
}


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Any, Any]]:
    server, simulator = run_simulator()
    with anthropic.Anthropic(base_url=f"{server.url}/anthropic", api_key="unused", max_retries=0) as client:
        yield client, simulator
    server.stop()


@pytest.fixture
def client(place: tuple[Any, Any]) -> anthropic.Anthropic:
    place[1].simulation = FAST
    return place[0]


def test_a_whole_message(client: anthropic.Anthropic) -> None:
    message = client.messages.create(**ASK)
    assert message.type == "message"
    assert len(message.content[0].text.split()) == 12
    assert message.stop_reason == "end_turn"
    assert message.usage.output_tokens == 12


def test_a_streamed_message_is_the_same_kind_of_message(client: anthropic.Anthropic) -> None:
    with client.messages.stream(**ASK) as stream:
        words = "".join(stream.text_stream).split()
        message = stream.get_final_message()
    assert len(words) == 12
    assert message.content[0].text.split() == words
    assert (message.stop_reason, message.usage.output_tokens) == ("end_turn", 12)


@pytest.mark.parametrize("choice", [{"type": "any"}, {"type": "tool", "name": "lookup"}])
def test_a_tool_is_called(client: anthropic.Anthropic, choice: dict[str, Any]) -> None:
    whole = client.messages.create(**ASK, tools=[TOOL], tool_choice=choice)
    with client.messages.stream(**ASK, tools=[TOOL], tool_choice=choice) as stream:
        streamed = stream.get_final_message()
    for message in (whole, streamed):
        assert message.stop_reason == "tool_use"
        assert message.content[0].input == {"word": "simulated word"}


def test_thinking_comes_signed(client: anthropic.Anthropic) -> None:
    thinking = {"type": "enabled", "budget_tokens": 1024}
    with client.messages.stream(**ASK, thinking=thinking) as stream:
        thought, said = stream.get_final_message().content
    assert thought.type == "thinking"
    assert thought.signature
    assert said.type == "text"
    assert client.messages.create(**ASK, thinking=thinking).usage.output_tokens_details.thinking_tokens > 0


def test_the_cache_is_written_once_and_read_later(client: anthropic.Anthropic) -> None:
    mark = {"type": "ephemeral"}
    system = [{"type": "text", "text": "All about columns. " * 50, "cache_control": mark}]
    first = client.messages.create(**ASK, system=system)
    turns = [*ASK["messages"], {"role": "assistant", "content": "Yes."}, *ASK["messages"]]
    later = client.messages.create(**{**ASK, "messages": turns}, system=system)
    assert first.usage.cache_creation_input_tokens == later.usage.cache_read_input_tokens > 200
    assert first.usage.cache_read_input_tokens == later.usage.cache_creation_input_tokens == 0


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        ("http_429", 429, "rate_limit_error"),
        ("http_500", 500, "api_error"),
        ("http_529", 529, "overloaded_error"),
        ("context_length", 400, "invalid_request_error"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_errors_are_anthropics(
    place: tuple[Any, Any], fault: Fault, status: int, kind: str, stream: bool
) -> None:
    place[1].simulation = FAST.model_copy(update={"fault": fault})
    with pytest.raises(anthropic.APIStatusError) as caught:
        place[0].messages.create(**ASK, stream=stream)
    assert caught.value.status_code == status
    assert caught.value.body["error"]["type"] == kind


@pytest.mark.parametrize(
    ("path", "headers", "changes", "status"),
    [
        ("/v1/messages", {}, {}, 400),
        ("/v1/messages", {"anthropic-version": "2023-06-01"}, {"max_tokens": None}, 400),
        ("/v1/messages", {"anthropic-version": "2023-06-01"}, {"messages": [{"role": "tool"}]}, 400),
        ("/v1/elsewhere", {"anthropic-version": "2023-06-01"}, {}, 404),
    ],
)
def test_what_anthropic_refuses_is_refused(
    place: tuple[Any, Any], path: str, headers: dict[str, str], changes: dict[str, Any], status: int
) -> None:
    place[1].simulation = FAST
    url = str(place[0].base_url).rstrip("/")
    answer = httpx.post(f"{url}{path}", json={**ASK, **changes}, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (status, "error")
