"""A request in the gateway's form becomes Converse's; what the wire cannot carry is refused by name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from colonnade.errors import InvalidRequest, UpstreamFailed
from colonnade.gateway.upstream.bedrock.answer import answer_of
from colonnade.gateway.upstream.bedrock.request import CANNOT, body_of

HELLO = {"role": "user", "content": "Hello"}
CALL = {"id": "t-1", "type": "function", "function": {"name": "lookup", "arguments": '{"word": "column"}'}}
FIVE = {"type": "ephemeral"}
HOUR = {"type": "ephemeral", "ttl": "1h"}


def body(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return body_of({"model": "m", "messages": list(messages) or [HELLO], **fields})


def refusal(*messages: dict[str, Any], **fields: Any) -> tuple[str | None, str | None]:
    with pytest.raises(InvalidRequest) as caught:
        body(*messages, **fields)
    return caught.value.code, caught.value.param


def function(name: str, **further: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, **further}}


def test_a_conversation() -> None:
    made = body(
        {"role": "system", "content": "Be brief."},
        {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
        {"role": "user", "content": "One."},
        {"role": "user", "content": ["Two.", ""]},
        {"role": "assistant", "content": "Three: \n"},
    )
    assert made == {
        "system": [{"text": "Be brief."}, {"text": "Be kind."}],
        "messages": [
            {"role": "user", "content": [{"text": "One."}, {"text": "Two."}]},
            {"role": "assistant", "content": [{"text": "Three:"}]},
        ],
    }


def test_marks_of_the_cache_become_points() -> None:
    marked = {"type": "text", "text": "Long.", "cache_control": HOUR}
    point, hour = {"cachePoint": {"type": "default"}}, {"cachePoint": {"type": "default", "ttl": "1h"}}
    made = body(
        {"role": "system", "content": [marked]},
        {**HELLO, "cache_control": FIVE},
        {"role": "assistant", "tool_calls": [CALL]},
        {
            "role": "tool",
            "tool_call_id": "t-1",
            "content": [{"type": "text", "text": "x", "cache_control": FIVE}],
        },
        tools=[{**function("lookup"), "cache_control": FIVE}],
    )
    assert made["system"] == [{"text": "Long."}, hour]
    assert made["messages"][0]["content"] == [{"text": "Hello"}, point]
    assert made["messages"][2]["content"] == [
        {"toolResult": {"toolUseId": "t-1", "content": [{"text": "x"}]}},
        point,
    ]
    assert made["toolConfig"]["tools"][1] == point


def test_calls_results_and_signed_thoughts() -> None:
    thoughts = [
        {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
        {"type": "redacted_thinking", "data": "aGlkZGVu"},
    ]
    made = body(
        HELLO,
        {"role": "assistant", "content": "Let me see.", "thinking_blocks": thoughts, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "t-1", "content": "A tall thing.", "is_error": True},
        HELLO,
        tools=[function("lookup")],
    )
    assert made["messages"][1]["content"] == [
        {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "c2ln"}}},
        {"reasoningContent": {"redactedContent": "aGlkZGVu"}},
        {"text": "Let me see."},
        {"toolUse": {"toolUseId": "t-1", "name": "lookup", "input": {"word": "column"}}},
    ]
    result = {"toolUseId": "t-1", "content": [{"text": "A tall thing."}], "status": "error"}
    assert made["messages"][2] == {"role": "user", "content": [{"toolResult": result}, {"text": "Hello"}]}


def test_media() -> None:
    parts = [
        {"type": "image_url", "image_url": {"url": "data:image/jpg;base64,AAAA"}},
        {"type": "input_audio", "input_audio": {"data": "BBBB", "format": "wav"}},
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,CCCC", "filename": "a: (1).pdf"}},
        {"type": "file", "file": {"file_data": "data:text/csv;base64,DDDD"}},
        {"guardContent": {"text": {"text": "x"}}},
    ]
    image, audio, pdf, csv, guard = body({"role": "user", "content": parts})["messages"][0]["content"]
    assert image == {"image": {"format": "jpeg", "source": {"bytes": "AAAA"}}}
    assert audio == {"audio": {"format": "wav", "source": {"bytes": "BBBB"}}}
    assert pdf == {"document": {"format": "pdf", "name": "a-(1)-pdf", "source": {"bytes": "CCCC"}}}
    assert csv["document"]["format"] == "csv"
    assert csv["document"]["name"].startswith("document-")
    assert guard == {"guardContent": {"text": {"text": "x"}}}


def test_limits_sampling_and_the_models_own_fields() -> None:
    made = body(
        max_tokens=9, max_completion_tokens=7, temperature=0, top_p=0.5, stop=["END"], top_k=3, thinking={"type": "x"},
        additionalModelRequestFields={"anthropic_beta": ["y"]}, guardrailConfig={"guardrailIdentifier": "g"},
        metadata={"team": "a"}, service_tier="flex",
    )  # fmt: skip
    assert made["inferenceConfig"] == {
        "maxTokens": 7, "temperature": 0, "topP": 0.5, "stopSequences": ["END"],
    }  # fmt: skip
    assert made["additionalModelRequestFields"] == {
        "top_k": 3,
        "thinking": {"type": "x"},
        "anthropic_beta": ["y"],
    }
    assert made["guardrailConfig"] == {"guardrailIdentifier": "g"}
    assert made["requestMetadata"] == {"team": "a"}
    assert made["serviceTier"] == {"type": "flex"}


def test_format_and_effort() -> None:
    schema = {"type": "object", "properties": {"word": {"type": "string"}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema, "strict": True}}
    config = body(response_format=wanted, reasoning_effort="minimal")["outputConfig"]
    assert config["effort"] == "low"
    described = config["textFormat"]["structure"]["jsonSchema"]
    assert described["name"] == "x"
    assert json.loads(described["schema"]) == schema
    assert body(response_format={"type": "text"}, reasoning_effort="none", service_tier="auto") == body()
    assert body(outputConfig={"effort": "max"}, reasoning_effort="low")["outputConfig"] == {"effort": "max"}


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, None),
        ("auto", {"auto": {}}),
        ("required", {"any": {}}),
        (function("b"), {"tool": {"name": "b"}}),
    ],
)
def test_tools_and_the_choice_among_them(choice: Any, expected: Any) -> None:
    schema = {"type": "object", "properties": {"x": {}}}
    given = [
        function("a", description="A.", parameters=schema, strict=True),
        function("b"),
        {"systemTool": {}},
    ]
    config = body(tools=given, tool_choice=choice)["toolConfig"]
    assert config.get("toolChoice") == expected
    assert config["tools"] == [
        {"toolSpec": {"name": "a", "description": "A.", "inputSchema": {"json": schema}, "strict": True}},
        {"toolSpec": {"name": "b", "inputSchema": {"json": {"type": "object", "properties": {}}}}},
        {"systemTool": {}},
    ]


def test_tools_that_may_not_be_called_are_left_out_unless_they_were() -> None:
    assert "toolConfig" not in body(tools=[function("a")], tool_choice="none")
    earlier = (
        {"role": "assistant", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "t-1", "content": "x"},
    )
    assert refusal(HELLO, *earlier, tools=[function("lookup")], tool_choice="none") == (
        "unsupported_parameter",
        "tool_choice",
    )


@pytest.mark.parametrize("name", sorted(CANNOT))
def test_what_the_wire_cannot_carry_is_named(name: str) -> None:
    given = False if name == "parallel_tool_calls" else ["x"]
    assert refusal(**{name: given}) == ("unsupported_parameter", name)


def test_values_that_ask_for_nothing_are_no_request() -> None:
    assert body(n=1, modalities=["text"], logprobs=False, parallel_tool_calls=True) == body()


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"reasoning_effort": "heroic"}, "reasoning_effort"),
        ({"service_tier": "scale"}, "service_tier"),
        ({"tools": [{"type": "custom", "custom": {}}]}, "tools[0].type"),
        ({"tools": [function("a")], "tool_choice": {"type": "allowed_tools"}}, "tool_choice"),
        ({"tools": [function("a")], "tool_choice": "any"}, "tool_choice"),
    ],
)
def test_values_that_the_wire_cannot_carry_are_named(fields: dict[str, Any], param: str) -> None:
    assert refusal(**fields) == ("unsupported_parameter", param)


def image(url: Any) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "image_url", "image_url": url}]}


@pytest.mark.parametrize(
    ("message", "code", "param"),
    [
        ({"role": "function", "content": "x"}, "unsupported_parameter", "messages[0].role"),
        ({"role": "user", "content": 7}, "invalid_value", "messages[0].content"),
        ({"role": "user", "content": [7]}, "invalid_value", "messages[0].content[0]"),
        (image(7), "invalid_value", "messages[0].content[0]"),
        (image({"url": "data:image/png;base64,?"}), "invalid_value", "messages[0].content[0]"),
        (image({"url": "data:image/tiff;base64,AAAA"}), "unsupported_parameter", "messages[0].content[0].image_url.url"),
        (image("https://x/y.png"), "unsupported_parameter", "messages[0].content[0].image_url.url"),
        (
            {"role": "user", "content": [{"type": "file", "file": {"file_id": "f"}}]},
            "unsupported_parameter",
            "messages[0].content[0].file.file_id",
        ),
        (
            {"role": "user", "content": [{"type": "file", "file": {"file_data": "data:x/y;base64,AAAA"}}]},
            "unsupported_parameter",
            "messages[0].content[0].file.file_data",
        ),
        ({"role": "user", "content": [{"type": "hologram"}]}, "unsupported_parameter", "messages[0].content[0].type"),
        ({"role": "assistant", "tool_calls": [{"id": "x"}]}, "invalid_value", "messages[0].tool_calls[0]"),
    ],
)  # fmt: skip
def test_messages_that_are_none_are_named(message: dict[str, Any], code: str, param: str) -> None:
    assert refusal(message) == (code, param)


def whole(content: list[Any], stop: str = "end_turn", **further: Any) -> dict[str, Any]:
    document = {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop,
        **further,
    }
    answer: dict[str, Any] = json.loads(
        answer_of(json.dumps(document).encode(), {"id": "c-1", "model": "asked"})
    )
    return answer


def test_a_whole_answer_with_everything() -> None:
    answer = whole(
        [
            {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "c2ln"}}},
            {"reasoningContent": {"redactedContent": "aGlkZGVu"}},
            {"text": "Look: "},
            {"citationsContent": {"content": [{"text": "here."}], "citations": [{"title": "Vitruvius"}]}},
            {"image": {"format": "png", "source": {"bytes": "AAAA"}}},
            {"audio": {"format": "wav"}},
            {"toolUse": {"toolUseId": "t-1", "name": "now"}},
        ],
        "tool_use",
    )
    message = answer["choices"][0]["message"]
    assert (answer["id"], answer["model"]) == ("c-1", "asked")
    assert "usage" not in answer
    assert (message["content"], message["reasoning_content"]) == ("Look: here.", "Hm.")
    assert [each["type"] for each in message["thinking_blocks"]] == ["thinking", "redacted_thinking"]
    assert message["citations"] == [{"title": "Vitruvius"}]
    assert message["images"][0]["image_url"]["url"] == "data:image/png;base64,AAAA"
    assert message["content_parts"] == [{"audio": {"format": "wav"}}]
    assert message["tool_calls"][0]["function"] == {"name": "now", "arguments": "{}"}
    assert answer["choices"][0]["finish_reason"] == "tool_calls"


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"{", b'{"output": {"message": {"content": [7]}}, "stopReason": "end_turn"}']
)
def test_answers_that_are_none(body: bytes) -> None:
    with pytest.raises(UpstreamFailed) as caught:
        answer_of(body, {"id": "c", "model": "m"})
    assert caught.value.code == "upstream_malformed"
