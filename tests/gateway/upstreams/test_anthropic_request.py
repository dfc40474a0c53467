"""Bodies for Anthropic are what its own client would send: held against the types of that client, nested and strict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from anthropic.types.message_create_params import (
    MessageCreateParamsNonStreaming,
    MessageCreateParamsStreaming,
)
from faced import PIXEL, TOOLS
from pydantic import ConfigDict, TypeAdapter

from colonnade.errors import InvalidRequest
from colonnade.gateway.upstream.anthropic.request import CANNOT, body_of

_STRICT = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
WHOLE = TypeAdapter(list[MessageCreateParamsNonStreaming], config=_STRICT)
STREAMED = TypeAdapter(list[MessageCreateParamsStreaming], config=_STRICT)
HELLO = {"role": "user", "content": "Hello"}
PDF = "JVBERi0xLjQKJcOkw7zDtsOf"


def body(*messages: dict[str, Any], stream: bool = False, **fields: Any) -> dict[str, Any]:
    """The body, which the client's types allow."""
    request = {"model": "claude-1", "messages": list(messages) or [HELLO], "max_tokens": 64, **fields}
    made = body_of(request, stream=stream)
    _read_to_the_end((STREAMED if stream else WHOLE).validate_python([made]))
    return made


def _read_to_the_end(value: Any) -> None:
    """pydantic checks what is declared as an iterable only while it is read."""
    if isinstance(value, Mapping):
        for each in value.values():
            _read_to_the_end(each)
    elif not isinstance(value, str | bytes) and hasattr(value, "__iter__"):
        for each in value:
            _read_to_the_end(each)


def refusal(*messages: dict[str, Any], **fields: Any) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        body_of({"model": "claude-1", "messages": list(messages) or [HELLO], **fields}, stream=False)
    return caught.value


def test_the_smallest_request() -> None:
    assert body() == {
        "model": "claude-1",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}],
        "max_tokens": 64,
    }


def test_a_streamed_request() -> None:
    made = body(stream=True, stream_options={"include_usage": True})
    assert made["stream"] is True
    assert "stream_options" not in made


def test_system_and_developer_messages_become_the_system_prompt() -> None:
    mark = {"type": "ephemeral", "ttl": "1h"}
    made = body(
        {"role": "system", "content": [{"type": "text", "text": "Be brief.", "cache_control": mark}]},
        {"role": "developer", "content": "Be kind."},
        HELLO,
    )
    assert made["system"] == [
        {"type": "text", "text": "Be brief.", "cache_control": mark},
        {"type": "text", "text": "Be kind."},
    ]
    assert [turn["role"] for turn in made["messages"]] == ["user"]


def test_turns_alternate_and_empty_texts_vanish() -> None:
    made = body(HELLO, {"role": "user", "content": "Again"}, {"role": "assistant", "content": ""}, HELLO)
    assert [turn["role"] for turn in made["messages"]] == ["user"]
    assert [block["text"] for block in made["messages"][0]["content"]] == ["Hello", "Again", "Hello"]


def test_a_conversation_with_tools() -> None:
    mark = {"type": "ephemeral"}
    calls = [
        {
            "id": "toolu_1",
            "type": "function",
            "function": {"name": "lookup", "arguments": '{"word": "frieze"}'},
        },
        {"id": "toolu_2", "type": "function", "function": {"name": "lookup", "arguments": ""}},
    ]
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    made = body(
        HELLO,
        {"role": "assistant", "content": "I look.", "tool_calls": calls},
        {"role": "tool", "tool_call_id": "toolu_1", "content": "A band.", "cache_control": mark},
        {"role": "tool", "tool_call_id": "toolu_2", "content": [{"type": "text", "text": "No."}, picture]},
        {"role": "user", "content": "And?"},
        tools=[{**TOOLS[0], "cache_control": mark}],
        tool_choice="auto",
        parallel_tool_calls=False,
    )
    said, used, _ = made["messages"][1]["content"]
    assert (said["text"], used["input"]) == ("I look.", {"word": "frieze"})
    assert [block["type"] for block in made["messages"][2]["content"]] == [
        "tool_result",
        "tool_result",
        "text",
    ]
    assert made["messages"][2]["content"][0]["cache_control"] == mark
    assert made["tools"][0]["input_schema"]["required"] == ["word"]
    assert made["tools"][0]["cache_control"] == mark
    assert made["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("auto", {"type": "auto"}),
        ("none", {"type": "none"}),
        ("required", {"type": "any"}),
        ({"type": "function", "function": {"name": "lookup"}}, {"type": "tool", "name": "lookup"}),
        ({"type": "any"}, {"type": "any"}),
    ],
)
def test_the_choice_of_tools(given: Any, expected: Any) -> None:
    assert body(tools=TOOLS, tool_choice=given)["tool_choice"] == expected


def test_several_tools_at_once_can_be_forbidden_without_a_choice() -> None:
    made = body(tools=TOOLS, parallel_tool_calls=False)
    assert made["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}
    assert body(tools=TOOLS, tool_choice="none", parallel_tool_calls=False)["tool_choice"] == {"type": "none"}


def test_anthropics_own_tools_pass() -> None:
    own = {"type": "web_search_20250305", "name": "web_search", "max_uses": 2}
    assert body(tools=[own])["tools"] == [own]


def test_strict_tools() -> None:
    function = {**TOOLS[0]["function"], "strict": True}
    assert body(tools=[{"type": "function", "function": function}])["tools"][0]["strict"] is True


def test_pictures_and_documents() -> None:
    made = body(
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
                {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
                {
                    "type": "file",
                    "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"},
                },
                {"type": "file", "file": {"file_data": "data:text/plain;base64,Q29sdW1ucw=="}},
            ],
        }
    )
    inline, linked, paper, text = made["messages"][0]["content"]
    assert inline["source"] == {"type": "base64", "media_type": "image/png", "data": PIXEL}
    assert linked["source"] == {"type": "url", "url": "https://example.com/a.png"}
    assert (paper["type"], paper["title"]) == ("document", "a.pdf")
    assert text["source"]["data"] == "Columns"


def test_thinking_is_sent_back_before_what_was_said() -> None:
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "EqQB"}
    made = body(
        HELLO,
        {"role": "assistant", "content": "Yes.", "reasoning_content": "Hm.", "thinking_blocks": [thought]},
        HELLO,
        thinking={"type": "adaptive"},
    )
    assert made["messages"][1]["content"] == [thought, {"type": "text", "text": "Yes."}]
    assert made["thinking"] == {"type": "adaptive"}


def test_blocks_of_anthropics_own_are_sent_back_as_they_were() -> None:
    kept = [{"type": "text", "text": "I searched."}, {"type": "redacted_thinking", "data": "x"}]
    made = body(HELLO, {"role": "assistant", "content": "I searched.", "content_blocks": kept}, HELLO)
    assert made["messages"][1]["content"] == kept


def test_blocks_that_a_stream_gave_alone_stand_between_words_and_calls() -> None:
    own = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}}
    call = {"id": "t", "type": "function", "function": {"name": "lookup", "arguments": "{}"}}
    message = {"role": "assistant", "content": "I searched.", "content_blocks": [own], "tool_calls": [call]}
    made = body(HELLO, message, HELLO)
    assert [block["type"] for block in made["messages"][1]["content"]] == [
        "text",
        "server_tool_use",
        "tool_use",
    ]


def test_a_partial_answer_to_be_continued_ends_in_no_white_space() -> None:
    assert body(HELLO, {"role": "assistant", "content": "The word is "})["messages"][1]["content"] == [
        {"type": "text", "text": "The word is"}
    ]


def test_the_other_fields() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}
    made = body(
        max_completion_tokens=100,
        stop="END",
        user="u-1",
        reasoning_effort="minimal",
        service_tier="default",
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "x", "schema": schema, "strict": True},
        },
    )
    assert made["max_tokens"] == 100
    assert made["stop_sequences"] == ["END"]
    assert made["metadata"] == {"user_id": "u-1"}
    assert made["output_config"] == {"effort": "low", "format": {"type": "json_schema", "schema": schema}}
    assert made["service_tier"] == "standard_only"


def test_no_thinking_at_all() -> None:
    assert body(reasoning_effort="none")["thinking"] == {"type": "disabled"}


def test_several_stops_and_unknown_fields() -> None:
    made = body_of(
        {"model": "m", "messages": [HELLO], "stop": ["a", "b"], "temperature": 0.2, "top_k": 5}, stream=False
    )
    assert (made["stop_sequences"], made["temperature"], made["top_k"]) == (["a", "b"], 0.2, 5)
    assert made["max_tokens"] == 4096


@pytest.mark.parametrize("name", sorted(CANNOT))
def test_what_cannot_be_carried_is_refused(name: str) -> None:
    error = refusal(**{name: {"asks": "something"}})
    assert (error.code, error.param) == ("unsupported_parameter", name)


@pytest.mark.parametrize(
    ("name", "value"),
    [("n", 1), ("logprobs", False), ("frequency_penalty", 0), ("store", None), ("modalities", ["text"])],
)
def test_what_asks_for_nothing_is_left_out(name: str, value: Any) -> None:
    assert name not in body(**{name: value})


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"reasoning_effort": "a lot"}, "reasoning_effort"),
        ({"service_tier": "the best"}, "service_tier"),
        ({"tools": TOOLS, "tool_choice": {"type": "allowed_tools"}}, "tool_choice"),
        ({"tools": [{"type": "custom", "custom": {"name": "x"}}]}, "tools[0].custom"),
        ({"tools": ["x"]}, "tools[0]"),
        ({"tools": [{"type": "function"}]}, "tools[0].function"),
    ],
)
def test_fields_that_ask_for_too_much(fields: dict[str, Any], param: str) -> None:
    assert refusal(**fields).param == param


def user(*parts: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(parts)}


@pytest.mark.parametrize(
    ("message", "param"),
    [
        ({"role": "function", "name": "f", "content": "x"}, "messages[1].role"),
        (user({"type": "input_audio", "input_audio": {}}), "messages[1].content[0].input_audio"),
        (user({"type": "image_url", "image_url": {"url": "ftp://x"}}), "messages[1].content[0]"),
        (user({"type": "image_url", "image_url": {"url": "data:image/png,raw"}}), "messages[1].content[0]"),
        (user({"type": "image_url", "image_url": {"url": "data:image/png;base64,%%"}}), "messages[1].content[0]"),
        (user({"type": "image_url"}), "messages[1].content[0]"),
        (user({"type": "file", "file": {"file_id": "file-1"}}), "messages[1].content[0].file.file_id"),
        (user({"type": "file", "file": {"file_data": "data:audio/mp3;base64,eA=="}}), "messages[1].content[0].file.file_data"),
        (user(5), "messages[1].content[0]"),
        ({"role": "user", "content": 5}, "messages[1].content"),
        (
            {"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{"}}]},
            "messages[1].tool_calls[0]",
        ),
        (
            {"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "[]"}}]},
            "messages[1].tool_calls[0]",
        ),
    ],
)  # fmt: skip
def test_messages_that_cannot_be_carried(message: dict[str, Any], param: str) -> None:
    assert refusal(HELLO, message).param == param


def test_the_types_would_notice_a_wrong_body() -> None:
    """The check itself breaks: a field that the client does not know, deep inside."""
    made = body(tools=TOOLS)
    made["tools"][0]["parameters"] = {}
    with pytest.raises(ValueError, match="parameters"):
        _read_to_the_end(WHOLE.validate_python([made]))
