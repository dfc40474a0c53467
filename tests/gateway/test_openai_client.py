"""The official OpenAI client works unchanged against the gateway."""

from __future__ import annotations

import openai
import pytest
from running import Running

HELLO = [{"role": "user", "content": "Hello, what can you do?"}]


def test_a_whole_answer(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="assistant", messages=HELLO)
    assert answer.choices[0].finish_reason == "stop"
    assert len(answer.choices[0].message.content.split()) == 12
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + 12


def test_a_streamed_answer_is_the_whole_answer(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(model="assistant", messages=HELLO, stream=True)
    events = list(stream)
    text = "".join(event.choices[0].delta.content or "" for event in events)
    assert len(text.split()) == 12
    assert events[-1].choices[0].finish_reason == "stop"
    assert all(event.choices for event in events), "the usage event is hidden from callers that did not ask"


def test_usage_comes_last_when_asked_for(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model="assistant", messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    last = list(stream)[-1]
    assert last.choices == []
    assert last.usage.completion_tokens == 12


def test_tools_pass_through(client: openai.OpenAI) -> None:
    parameters = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    tools = [{"type": "function", "function": {"name": "weather", "parameters": parameters}}]
    with client.chat.completions.stream(
        model="assistant", messages=HELLO, tools=tools, tool_choice="required"
    ) as events:
        call = events.get_final_completion().choices[0].message.tool_calls[0]
    assert call.function.name == "weather"
    assert call.function.arguments == '{"city":"simulated city"}'


def test_logprobs_pass_through(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="assistant", messages=HELLO, logprobs=True)
    assert len(answer.choices[0].logprobs.content) == 12


def test_embeddings(client: openai.OpenAI) -> None:
    answer = client.embeddings.create(model="vectors", input=["one", "two"], dimensions=64)
    assert [len(item.embedding) for item in answer.data] == [64, 64]
    assert sum(value * value for value in answer.data[0].embedding) == pytest.approx(1.0, abs=1e-5)


def test_models(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["assistant", "strict", "vectors"]
    assert client.models.retrieve("assistant").owned_by == "colonnade"
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("none")
    assert caught.value.code == "model_not_found"


def test_every_answer_has_an_id(client: openai.OpenAI, world: Running) -> None:
    first = client.chat.completions.create(model="assistant", messages=HELLO)
    second = client.chat.completions.create(model="assistant", messages=HELLO)
    assert first._request_id.startswith("req-")
    assert first._request_id != second._request_id
