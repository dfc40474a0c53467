"""The simulator's face of Cohere speaks the real wire: Cohere's own client works with it, whole and streamed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cohere
import pytest
from cohere.core.api_error import ApiError
from running import FAST, run_simulator

ASK: dict[str, Any] = {
    "model": "command",
    "messages": [{"role": "user", "content": "Tell me about columns."}],
}
TOOL = {
    "type": "function",
    "function": {"name": "lookup", "parameters": {"type": "object", "required": ["word"]}},
}


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Any, Any]]:
    server, simulator = run_simulator()
    yield cohere.ClientV2(api_key="unused", base_url=f"{server.url}/cohere"), simulator
    server.stop()


@pytest.fixture
def client(place: tuple[Any, Any]) -> cohere.ClientV2:
    place[1].simulation = FAST
    return place[0]


def test_a_whole_answer(client: cohere.ClientV2) -> None:
    answer = client.chat(**ASK)
    assert len(answer.message.content[0].text.split()) == 12
    assert answer.finish_reason == "COMPLETE"
    assert answer.usage.billed_units.output_tokens == 12


def test_a_streamed_answer(client: cohere.ClientV2) -> None:
    events = list(client.chat_stream(**ASK))
    text = "".join(each.delta.message.content.text for each in events if each.type == "content-delta")
    assert len(text.split()) == 12
    assert [events[0].type, events[1].type, events[-1].type] == [
        "message-start",
        "content-start",
        "message-end",
    ]
    assert events[-1].delta.finish_reason == "COMPLETE"
    assert events[-1].delta.usage.billed_units.output_tokens == 12


def test_a_tool_is_called(client: cohere.ClientV2) -> None:
    answer = client.chat(**ASK, tools=[TOOL], tool_choice="REQUIRED")
    assert answer.finish_reason == "TOOL_CALL"
    assert answer.message.tool_calls[0].function.arguments == '{"word":"simulated word"}'
    events = list(client.chat_stream(**ASK, tools=[TOOL], tool_choice="REQUIRED"))
    pieces = [e.delta.message.tool_calls.function.arguments for e in events if e.type == "tool-call-delta"]
    assert "".join(pieces) == '{"word":"simulated word"}'


def test_vectors_and_a_ranking(client: cohere.ClientV2) -> None:
    vectors = client.embed(
        model="embed",
        input_type="search_query",
        texts=["a", "b"],
        embedding_types=["float"],
        output_dimension=64,
    )
    assert [len(vector) for vector in vectors.embeddings.float_] == [64, 64]
    ranking = client.rerank(model="rerank", query="who carries", documents=["roofs", "it carries"], top_n=1)
    assert [result.index for result in ranking.results] == [1]


def test_errors(place: tuple[Any, Any]) -> None:
    place[1].simulation = FAST.model_copy(update={"fault": "http_429_bare"})
    with pytest.raises(ApiError) as caught:
        place[0].chat(**ASK, request_options={"max_retries": 0})
    assert caught.value.status_code == 429
    assert caught.value.body["message"]
