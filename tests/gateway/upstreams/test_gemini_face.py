"""The simulator's face of Gemini speaks the real wire: Google's own client works with it, whole and streamed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from running import FAST, run_simulator

from colonnade.gateway.upstream.gemini.request import body_of
from colonnade.workload.sections.serving import Fault

genai = pytest.importorskip("google.genai", reason="google-genai is not installed")
pytestmark = pytest.mark.slow

QUESTION = "Tell me about columns."
TOOL = {
    "function_declarations": [
        {
            "name": "lookup",
            "parameters_json_schema": {
                "type": "object",
                "properties": {"word": {"type": "string"}},
                "required": ["word"],
            },
        }
    ]
}
FORCED = {"function_calling_config": {"mode": "ANY"}}
BY_HAND = {"disable": True}


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Any, Any]]:
    server, simulator = run_simulator()
    options = {"base_url": f"{server.url}/gemini", "retry_options": {"attempts": 1}}
    client = genai.Client(api_key="unused", http_options=options)
    yield client.models, simulator
    client.close()
    server.stop()


@pytest.fixture
def models(place: tuple[Any, Any]) -> Any:
    place[1].simulation = FAST
    return place[0]


def test_a_whole_answer(models: Any) -> None:
    answer = models.generate_content(model="gemini-simulated", contents=QUESTION)
    assert len(answer.text.split()) == 12
    assert answer.candidates[0].finish_reason.value == "STOP"
    assert answer.usage_metadata.candidates_token_count == 12
    assert answer.model_version == "gemini-simulated"


def test_a_streamed_answer(models: Any) -> None:
    events = list(models.generate_content_stream(model="gemini-simulated", contents=QUESTION))
    assert len("".join(event.text or "" for event in events).split()) == 12
    assert [event.candidates[0].finish_reason for event in events[:-1]] == [None] * 12
    assert events[-1].candidates[0].finish_reason.value == "STOP"


def test_thoughts_and_several_candidates(models: Any) -> None:
    config = {"thinking_config": {"include_thoughts": True}, "candidate_count": 2, "max_output_tokens": 5}
    answer = models.generate_content(model="gemini-simulated", contents=QUESTION, config=config)
    assert len(answer.candidates) == 2
    assert answer.candidates[0].content.parts[0].thought
    assert answer.usage_metadata.thoughts_token_count > 0
    assert answer.candidates[0].finish_reason.value == "MAX_TOKENS"


def test_a_function_is_called_and_answered(models: Any) -> None:
    config = {"tools": [TOOL], "tool_config": FORCED, "automatic_function_calling": BY_HAND}
    answer = models.generate_content(model="gemini-3-simulated", contents=QUESTION, config=config)
    (call,) = answer.function_calls
    assert (call.name, call.args) == ("lookup", {"word": "simulated word"})
    result = {"function_response": {"name": "lookup", "response": {"result": "A tall thing."}}}
    turns = [
        {"role": "user", "parts": [{"text": QUESTION}]},
        answer.candidates[0].content,
        {"role": "user", "parts": [result]},
    ]
    after = models.generate_content(model="gemini-3-simulated", contents=turns)
    assert len(after.text.split()) == 12


def test_a_call_without_its_signature_is_refused_as_gemini_three_does(models: Any) -> None:
    turns = [
        {"role": "user", "parts": [{"text": QUESTION}]},
        {"role": "model", "parts": [{"function_call": {"name": "lookup", "args": {}}}]},
        {"role": "user", "parts": [{"function_response": {"name": "lookup", "response": {}}}]},
    ]
    with pytest.raises(genai.errors.ClientError) as caught:
        models.generate_content(model="gemini-3-simulated", contents=turns)
    assert (caught.value.code, caught.value.status) == (400, "INVALID_ARGUMENT")


def test_vectors(models: Any) -> None:
    answer = models.embed_content(
        model="gemini-embedding-001", contents=["a", "b"], config={"output_dimensionality": 8}
    )
    assert [len(each.values) for each in answer.embeddings] == [8, 8]


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        ("http_429", 429, "RESOURCE_EXHAUSTED"),
        ("http_503", 503, "UNAVAILABLE"),
        ("context_length", 400, "INVALID_ARGUMENT"),
    ],
)
def test_faults_are_googles_errors(fault: Fault, code: int, status: str, place: tuple[Any, Any]) -> None:
    models, simulator = place
    simulator.simulation = FAST.model_copy(update={"fault": fault})
    with pytest.raises(genai.errors.APIError) as caught:
        models.generate_content(model="gemini-simulated", contents=QUESTION)
    assert (caught.value.code, caught.value.status) == (code, status)


def test_every_field_that_we_send_is_in_googles_own_description() -> None:
    """Google's types refuse fields that they do not know."""
    schema = {"type": "object", "properties": {"word": {"type": "string"}}}
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    place = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    call = {"id": "t-1", "type": "function", "function": {"name": "lookup", "arguments": '{"word": "x"}'}}
    function = {"name": "lookup", "description": "x", "parameters": schema, "strict": True}
    made = body_of({
        "model": "gemini-3-pro",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "x"}, image, place]},
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "t-1", "content": [{"type": "text", "text": "x"}, image]},
        ],
        "tools": [{"type": "function", "function": function}, {"googleSearch": {}}],
        "tool_choice": {"type": "function", "function": {"name": "lookup"}},
        "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}},
        "reasoning_effort": "high", "logprobs": True, "top_logprobs": 2, "n": 2, "seed": 1, "max_tokens": 5,
        "temperature": 0.5, "top_p": 0.5, "top_k": 5, "stop": "END", "presence_penalty": 0.1, "frequency_penalty": 0.1,
    })  # fmt: skip
    types = genai.types
    for content in (made["systemInstruction"], *made["contents"]):
        types.Content.model_validate(content)
    for tool in made["tools"]:
        types.Tool.model_validate(tool)
    types.ToolConfig.model_validate(made["toolConfig"])
    config = types.GenerationConfig.model_validate(made["generationConfig"])
    assert config.thinking_config.thinking_level.value == "HIGH"
    assert set(made) == {"systemInstruction", "contents", "tools", "toolConfig", "generationConfig"}
