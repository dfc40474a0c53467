"""A request in the gateway's form becomes Gemini's; what the wire cannot carry is refused by name."""

from __future__ import annotations

import asyncio
import base64
import json
import struct
from typing import Any

import pytest

from colonnade.errors import InvalidRequest, UpstreamFailed
from colonnade.gateway.upstream.gemini.answer import answer_of
from colonnade.gateway.upstream.gemini.embedding import batch_of, list_of
from colonnade.gateway.upstream.gemini.request import CANNOT, body_of
from colonnade.gateway.upstream.gemini.signatures import UNSIGNED
from colonnade.gateway.upstream.gemini.upstream import gemini
from colonnade.gateway.upstream.interface import Ask
from colonnade.workload.sections.serving import Upstream

HELLO = {"role": "user", "content": "Hello"}
CALL = {"id": "call_1", "type": "function", "function": {"name": "lookup", "arguments": '{"word": "column"}'}}


def body(*messages: dict[str, Any], model: str = "gemini-2.5-pro", **fields: Any) -> dict[str, Any]:
    return body_of({"model": model, "messages": list(messages) or [HELLO], **fields})


def refusal(*messages: dict[str, Any], **fields: Any) -> tuple[str | None, str | None]:
    with pytest.raises(InvalidRequest) as caught:
        body(*messages, **fields)
    return caught.value.code, caught.value.param


def test_a_conversation() -> None:
    made = body(
        {"role": "system", "content": "Be brief."},
        {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
        {"role": "user", "content": "One."},
        {"role": "user", "content": "Two."},
        {"role": "assistant", "content": "Three."},
        {"role": "user", "content": ""},
        HELLO,
    )
    assert made["systemInstruction"] == {"parts": [{"text": "Be brief."}, {"text": "Be kind."}]}
    assert made["contents"] == [
        {"role": "user", "parts": [{"text": "One."}, {"text": "Two."}]},
        {"role": "model", "parts": [{"text": "Three."}]},
        {"role": "user", "parts": [{"text": "Hello"}]},
    ]
    assert "generationConfig" not in made


def test_an_instruction_alone_is_asked_as_a_turn() -> None:
    made = body({"role": "system", "content": "Say something."})
    assert made == {"contents": [{"role": "user", "parts": [{"text": "Say something."}]}]}


def test_calls_and_results_stand_in_turns_of_their_own() -> None:
    other = {**CALL, "id": "call_2"}
    made = body(
        HELLO,
        {"role": "assistant", "content": None, "tool_calls": [CALL, other]},
        {"role": "tool", "tool_call_id": "call_1", "content": '{"found": true}'},
        {"role": "tool", "tool_call_id": "call_2", "content": "A tall thing.", "is_error": True},
        HELLO,
    )
    called, results, after = made["contents"][1:]
    assert called["role"] == "model"
    assert called["parts"][0] == {
        "functionCall": {"id": "call_1", "name": "lookup", "args": {"word": "column"}}
    }
    first, second = (part["functionResponse"] for part in results["parts"])
    assert first == {"id": "call_1", "name": "lookup", "response": {"found": True}}
    assert second["response"] == {"error": "A tall thing."}
    assert after == {"role": "user", "parts": [{"text": "Hello"}]}


def test_results_may_hold_pictures_and_plain_text() -> None:
    shown = [
        {"type": "text", "text": "This."},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
    ]
    made = body(
        HELLO,
        {"role": "assistant", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": shown},
    )
    result = made["contents"][2]["parts"][0]["functionResponse"]
    assert result["response"] == {"result": "This."}
    assert result["parts"] == [{"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]


@pytest.mark.parametrize(
    ("model", "given", "expected"),
    [
        ("gemini-3-pro", "c2ln", "c2ln"),
        ("gemini-3-pro", None, UNSIGNED),
        ("gemini-4-argon", None, UNSIGNED),
        ("gemini-2.5-pro", "c2ln", "c2ln"),
        ("gemini-2.5-pro", None, None),
    ],
)
def test_signatures_travel_back_and_later_models_get_one_always(
    model: str, given: str | None, expected: str | None
) -> None:
    carried = {"extra_content": {"google": {"thought_signature": given}}} if given else {}
    made = body(
        HELLO, {"role": "assistant", "tool_calls": [{**CALL, **carried}, {**CALL, "id": "b"}]}, model=model
    )
    first, second = made["contents"][1]["parts"]
    assert first.get("thoughtSignature") == expected
    assert "thoughtSignature" not in second


def test_media() -> None:
    parts = [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/a/column.jpg?size=1"}},
        {"type": "input_audio", "input_audio": {"data": "BBBB", "format": "wav"}},
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,CCCC", "filename": "a.pdf"}},
        {"type": "file", "file": {"file_id": "https://generativelanguage.googleapis.com/v1beta/files/x"}},
        {"videoMetadata": {"fps": 1}, "fileData": {"fileUri": "gs://x/y"}},
        {"type": "text", "text": "What?", "cache_control": {"type": "ephemeral"}},
    ]
    assert body({"role": "user", "content": parts})["contents"][0]["parts"] == [
        {"inlineData": {"mimeType": "image/png", "data": "AAAA"}},
        {"fileData": {"fileUri": "https://example.com/a/column.jpg?size=1", "mimeType": "image/jpeg"}},
        {"inlineData": {"mimeType": "audio/wav", "data": "BBBB"}},
        {"inlineData": {"mimeType": "application/pdf", "data": "CCCC"}},
        {"fileData": {"fileUri": "https://generativelanguage.googleapis.com/v1beta/files/x"}},
        {"videoMetadata": {"fps": 1}, "fileData": {"fileUri": "gs://x/y"}},
        {"text": "What?"},
    ]


def test_limits_and_sampling() -> None:
    made = body(
        max_tokens=9, max_completion_tokens=7, temperature=0, top_p=0.5, top_k=3, seed=0, n=2, stop="END",
        presence_penalty=0.1, frequency_penalty=0.2, logprobs=True, top_logprobs=4,
    )  # fmt: skip
    assert made["generationConfig"] == {
        "maxOutputTokens": 7, "temperature": 0, "topP": 0.5, "topK": 3, "seed": 0, "candidateCount": 2,
        "stopSequences": ["END"], "presencePenalty": 0.1, "frequencyPenalty": 0.2, "responseLogprobs": True,
        "logprobs": 4,
    }  # fmt: skip


def test_geminis_own_words_pass_and_win() -> None:
    own = {"generationConfig": {"topK": 1, "mediaResolution": "LOW"}, "safetySettings": [{"category": "X"}]}
    made = body(top_k=9, max_tokens=5, **own)
    assert made["generationConfig"] == {"topK": 1, "mediaResolution": "LOW", "maxOutputTokens": 5}
    assert made["safetySettings"] == [{"category": "X"}]


@pytest.mark.parametrize(
    ("model", "effort", "config"),
    [
        ("gemini-2.5-pro", "low", {"thinkingBudget": 1024, "includeThoughts": True}),
        ("gemini-2.5-flash", "none", {"thinkingBudget": 0, "includeThoughts": False}),
        ("gemini-3-pro", "high", {"thinkingLevel": "high", "includeThoughts": True}),
        ("gemini-3.8-flash", "none", {"thinkingLevel": "minimal", "includeThoughts": False}),
    ],
)
def test_effort(model: str, effort: str, config: dict[str, Any]) -> None:
    assert body(model=model, reasoning_effort=effort)["generationConfig"]["thinkingConfig"] == config


@pytest.mark.parametrize(
    ("thinking", "config"),
    [
        ({"type": "enabled", "budget_tokens": 2048}, {"thinkingBudget": 2048, "includeThoughts": True}),
        ({"type": "adaptive"}, {"thinkingBudget": -1, "includeThoughts": True}),
        ({"type": "disabled"}, {"thinkingBudget": 0, "includeThoughts": False}),
    ],
)
def test_a_budget_of_thinking_in_anthropics_words(thinking: dict[str, Any], config: dict[str, Any]) -> None:
    made = body(model="gemini-2.5-flash", thinking=thinking, reasoning_effort="high")
    assert made["generationConfig"]["thinkingConfig"] == config
    assert "thinking" not in made


def test_formats() -> None:
    schema = {"type": "object", "properties": {"word": {"type": "string"}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema, "strict": True}}
    assert body(response_format=wanted)["generationConfig"] == {
        "responseMimeType": "application/json",
        "responseJsonSchema": schema,
    }
    free = body(response_format={"type": "json_object"})["generationConfig"]
    assert free == {"responseMimeType": "application/json"}
    assert "generationConfig" not in body(response_format={"type": "text"})


def function(name: str, **further: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, **further}}


def test_tools_and_the_choice_among_them() -> None:
    schema = {"type": "object", "properties": {}, "additionalProperties": False}
    given = [function("a", description="A.", parameters=schema), function("b"), {"googleSearch": {}}]
    named = function("b")
    made = body(tools=given, tool_choice=named)
    assert made["tools"] == [
        {
            "functionDeclarations": [
                {"name": "a", "description": "A.", "parametersJsonSchema": schema},
                {"name": "b"},
            ]
        },
        {"googleSearch": {}},
    ]
    assert made["toolConfig"]["functionCallingConfig"] == {"mode": "ANY", "allowedFunctionNames": ["b"]}
    assert "toolConfig" not in body(tools=given)


@pytest.mark.parametrize(
    ("choice", "strict", "expected"),
    [
        ("auto", False, {"mode": "AUTO"}),
        ("none", True, {"mode": "NONE"}),
        ("required", True, {"mode": "ANY"}),
        ("auto", True, {"mode": "VALIDATED"}),
        (None, True, {"mode": "VALIDATED"}),
        (
            {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [function("a")]}},
            False,
            {"mode": "ANY", "allowedFunctionNames": ["a"]},
        ),
    ],
)
def test_modes(choice: Any, strict: bool, expected: dict[str, Any]) -> None:
    made = body(tools=[function("a", strict=strict)], tool_choice=choice)
    assert made["toolConfig"]["functionCallingConfig"] == expected


@pytest.mark.parametrize("name", sorted(CANNOT))
def test_what_the_wire_cannot_carry_is_named(name: str) -> None:
    given = False if name == "parallel_tool_calls" else ["x"]
    assert refusal(**{name: given}) == ("unsupported_parameter", name)


def test_values_that_ask_for_nothing_are_no_request() -> None:
    assert body(modalities=["text"], store=False, service_tier="auto", parallel_tool_calls=True) == body()


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"response_format": {"type": "grammar"}}, "response_format"),
        ({"reasoning_effort": "heroic"}, "reasoning_effort"),
        ({"reasoning_effort": 7}, "reasoning_effort"),
        ({"tools": [{"type": "custom", "custom": {}}]}, "tools[0].type"),
        ({"tools": [function("a")], "tool_choice": {"type": "custom"}}, "tool_choice"),
        ({"tools": [function("a")], "tool_choice": "any"}, "tool_choice"),
    ],
)
def test_values_that_the_wire_cannot_carry_are_named(fields: dict[str, Any], param: str) -> None:
    assert refusal(**fields) == ("unsupported_parameter", param)


@pytest.mark.parametrize(
    ("message", "code", "param"),
    [
        ({"role": "function", "content": "x"}, "unsupported_parameter", "messages[0].role"),
        ({"role": "user", "content": 7}, "invalid_value", "messages[0].content"),
        ({"role": "user", "content": [7]}, "invalid_value", "messages[0].content[0]"),
        ({"role": "user", "content": [{"type": "image_url"}]}, "invalid_value", "messages[0].content[0]"),
        (
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,?"}}]},
            "invalid_value",
            "messages[0].content[0]",
        ),
        (
            {"role": "user", "content": [{"type": "image_url", "image_url": "ftp://x"}]},
            "invalid_value",
            "messages[0].content[0]",
        ),
        ({"role": "user", "content": [{"type": "hologram"}]}, "unsupported_parameter", "messages[0].content[0].type"),
        (
            {"role": "user", "content": [{"type": "file", "file": {"file_id": "file-1"}}]},
            "unsupported_parameter",
            "messages[0].content[0].file.file_id",
        ),
        ({"role": "assistant", "tool_calls": [{"id": "x"}]}, "invalid_value", "messages[0].tool_calls[0]"),
        (
            {"role": "assistant", "tool_calls": [{"id": "x", "function": {"name": "a", "arguments": "[1]"}}]},
            "invalid_value",
            "messages[0].tool_calls[0]",
        ),
        ({"role": "tool", "tool_call_id": "x", "content": "y"}, "invalid_value", "messages[0].tool_call_id"),
    ],
)  # fmt: skip
def test_messages_that_are_none_are_named(message: dict[str, Any], code: str, param: str) -> None:
    assert refusal(message) == (code, param)


NAME = {"id": "chatcmpl-1", "model": "asked"}


def whole(**document: Any) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(answer_of(json.dumps(document).encode(), NAME))
    return answer


def test_a_whole_answer_with_everything() -> None:
    parts = [
        {"text": "Hm.", "thought": True},
        {"text": "Look: ", "thoughtSignature": "c2ln"},
        {"inlineData": {"mimeType": "image/png", "data": "AAAA"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK"}},
        {"functionCall": {"name": "lookup", "args": {}}},
    ]
    answer = whole(candidates=[{"content": {"parts": parts}, "finishReason": "STOP"}])
    message = answer["choices"][0]["message"]
    assert (answer["id"], answer["model"]) == ("chatcmpl-1", "asked")
    assert "usage" not in answer
    assert (message["content"], message["reasoning_content"]) == ("Look: ", "Hm.")
    assert message["extra_content"]["google"]["thought_signature"] == "c2ln"
    assert message["images"][0]["image_url"]["url"] == "data:image/png;base64,AAAA"
    assert message["content_parts"] == [{"codeExecutionResult": {"outcome": "OUTCOME_OK"}}]
    assert answer["choices"][0]["finish_reason"] == "tool_calls"


def test_a_refused_prompt_is_filtered_content() -> None:
    answer = whole(promptFeedback={"blockReason": "SAFETY"}, usageMetadata={"promptTokenCount": 4})
    choice = answer["choices"][0]
    assert (choice["finish_reason"], choice["native_finish_reason"]) == ("content_filter", "SAFETY")
    assert answer["usage"]["total_tokens"] == 4


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({}, "upstream_malformed"),
        ({"candidates": [{"content": {"parts": [{"text": "x"}]}}]}, "upstream_malformed"),
        ({"candidates": [{"content": {"parts": [7]}, "finishReason": "STOP"}]}, "upstream_malformed"),
        ({"candidates": 7}, "upstream_malformed"),
        ({"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL"}]}, "upstream_malformed_function_call"),
        ({"error": {"code": 500, "status": "INTERNAL"}}, "upstream_500"),
    ],
)
def test_answers_that_are_none(document: dict[str, Any], code: str) -> None:
    with pytest.raises(UpstreamFailed) as caught:
        whole(**document)
    assert caught.value.code == code


def test_texts_become_a_batch_and_vectors_a_list() -> None:
    request = {"model": "e", "input": ["a", "b"], "dimensions": 2, "taskType": "RETRIEVAL_QUERY"}
    assert batch_of(request, "models/e")["requests"][1] == {
        "model": "models/e",
        "content": {"parts": [{"text": "b"}]},
        "outputDimensionality": 2,
        "taskType": "RETRIEVAL_QUERY",
    }
    given = json.dumps({"embeddings": [{"values": [0.5, 0]}, {"values": [1, 2]}]}).encode()
    made = json.loads(list_of(given, request))
    assert [each["embedding"] for each in made["data"]] == [[0.5, 0], [1, 2]]
    assert "usage" not in made
    packed = json.loads(list_of(given, {**request, "encoding_format": "base64"}))
    assert struct.unpack("<2f", base64.b64decode(packed["data"][0]["embedding"])) == (0.5, 0.0)


@pytest.mark.parametrize(
    ("given", "code"), [([1, 2], "unsupported_parameter"), ([], "invalid_value"), (None, "invalid_value")]
)
def test_inputs_that_are_no_texts(given: Any, code: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        batch_of({"model": "e", "input": given}, "models/e")
    assert (caught.value.code, caught.value.param) == (code, "input")


@pytest.mark.parametrize("given", [b"{}", b'{"embeddings": []}', b'{"embeddings": [{"values": "x"}]}'])
def test_vectors_that_are_none(given: bytes) -> None:
    with pytest.raises(UpstreamFailed):
        list_of(given, {"model": "e", "input": "a"})


def test_tuned_models_and_other_endpoints() -> None:
    async def paths() -> tuple[str, str | None]:
        upstream = gemini("far", Upstream(kind="gemini", base_url="http://127.0.0.1:9/v1beta"), "key")
        ask = Ask("", b"", False, 0.0, "r", request={"model": "tunedModels/my one", "messages": [HELLO]})
        post = upstream.wire.post(ask)
        with pytest.raises(InvalidRequest) as caught:
            upstream.wire.post(Ask("", b"", False, 0.0, "r", endpoint="speech", request={"model": "m"}))
        await upstream.close()
        return post.path, caught.value.code

    assert asyncio.run(paths()) == ("/tunedModels/my%20one:generateContent", "unsupported_endpoint")
