"""What a request for a response says reaches the model, or is refused by the caller's own name for it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from response_world import World

from colonnade.errors import InvalidRequest
from colonnade.gateway.responses.identifiers import item_id, new_response_id, response_of
from colonnade.gateway.responses.reading import read_request

PICTURE = {"type": "input_image", "image_url": "data:image/png;base64,AA", "detail": "low"}


def chat(given: Any, **more: Any) -> dict[str, Any]:
    return read_request({"model": "m", "input": given, **more})[0]


def test_every_kind_of_part_finds_its_place_in_chat() -> None:
    parts = [
        {"type": "input_text", "text": "See"},
        PICTURE,
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AA"},
        {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}},
    ]
    assert chat([{"role": "user", "content": parts}])["messages"][0]["content"] == [
        {"type": "text", "text": "See"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA", "detail": "low"}},
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,AA", "filename": "a.pdf"}},
        {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}},
    ]


def test_a_turn_of_the_models_is_one_message() -> None:
    call = {"type": "function_call", "name": "f", "arguments": "{}"}
    given = [
        {"role": "user", "content": "Go"},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"role": "assistant", "content": [{"type": "output_text", "text": "I will."}]},
        {**call, "call_id": "a"},
        {**call, "call_id": "b"},
        {"type": "function_call_output", "call_id": "a", "output": "1"},
        {"type": "function_call_output", "call_id": "b", "output": [{"type": "input_text", "text": "2"}]},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
    ]
    messages = chat(given)["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "tool", "tool", "assistant"]
    assert messages[1]["content"] == "I will."
    assert [each["id"] for each in messages[1]["tool_calls"]] == ["a", "b"]
    assert [message["content"] for message in messages[2:4]] == ["1", "2"]
    assert messages[4] == {"role": "assistant", "content": None, "refusal": "No."}


def test_words_after_the_calls_of_a_turn_stay_in_its_message() -> None:
    given = [
        {"type": "function_call", "name": "f", "arguments": "{}", "call_id": "a"},
        {"role": "assistant", "content": "Wait."},
        {"type": "function_call_output", "call_id": "a", "output": "1"},
    ]
    messages = chat(given)["messages"]
    assert [message["role"] for message in messages] == ["assistant", "tool"]
    assert messages[0]["content"] == "Wait."


def test_choices_among_tools_are_translated() -> None:
    tool = {"type": "function", "name": "f", "parameters": {}, "strict": None}
    named = chat("?", tools=[tool], tool_choice={"type": "function", "name": "f"}, parallel_tool_calls=False)
    assert named["tools"] == [{"type": "function", "function": {"name": "f", "parameters": {}}}]
    assert named["tool_choice"] == {"type": "function", "function": {"name": "f"}}
    assert named["parallel_tool_calls"] is False
    some = {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "f"}]}
    assert chat("?", tools=[tool], tool_choice=some)["tool_choice"] == {
        "type": "allowed_tools",
        "allowed_tools": {"mode": "required", "tools": [{"type": "function", "function": {"name": "f"}}]},
    }
    assert "tool_choice" not in chat("?", tool_choice="auto")


REFUSED = [
    ({"input": None}, "input"),
    ({"input": []}, "input"),
    ({"input": 7}, "input"),
    ({"input": ["text"]}, "input[0]"),
    ({"input": [{"role": "robot", "content": "x"}]}, "input[0].role"),
    ({"input": [{"role": "user", "content": 7}]}, "input[0].content"),
    ({"input": [{"role": "user", "content": [{"type": "video"}]}]}, "input[0].content[0].type"),
    ({"input": [{"role": "user", "content": [{"type": "input_text"}]}]}, "input[0].content[0].text"),
    ({"input": [{"role": "user", "content": [{**PICTURE, "file_id": "f"}]}]}, "input[0].content[0].file_id"),
    ({"input": [{"role": "user", "content": [{"type": "input_file", "file_url": "u"}]}]}, "input[0].content[0].file_url"),
    ({"input": [{"role": "user", "content": [{"type": "input_file"}]}]}, "input[0].content[0].file_data"),
    ({"input": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "input[0].content[0].input_audio"),
    ({"input": [{"role": "assistant", "content": [PICTURE]}]}, "input[0].content[0].type"),
    ({"input": [{"type": "web_search_call", "id": "ws_1"}]}, "input[0].type"),
    ({"input": [{"type": "function_call", "name": "f", "arguments": "{}"}]}, "input[0].call_id"),
    ({"input": [{"type": "function_call", "name": "f", "arguments": {}, "call_id": "a"}]}, "input[0].arguments"),
    ({"input": [{"type": "function_call", "name": "f", "arguments": "{}", "call_id": "a"}]}, "input"),
    ({"input": [{"type": "function_call_output", "output": "1", "call_id": "a"}]}, "input"),
    ({"input": [{"type": "function_call_output", "output": [PICTURE], "call_id": "a"}]}, "input[0].output[0].type"),
    ({"input": [{"type": "item_reference"}]}, "input[0].id"),
    ({"input": [{"type": "reasoning", "summary": "x"}]}, "input[0].summary"),
    ({"tools": [{"type": "web_search"}]}, "tools[0].type"),
    ({"tools": [{"type": "file_search", "vector_store_ids": ["v"]}]}, "tools[0].type"),
    ({"tools": [{"type": "computer_use_preview"}]}, "tools[0].type"),
    ({"tools": [{"type": "mcp", "server_label": "s", "server_url": "u"}]}, "tools[0].type"),
    ({"tools": [{"type": "function"}]}, "tools[0].name"),
    ({"tools": "all"}, "tools"),
    ({"tool_choice": {"type": "web_search"}}, "tool_choice.type"),
    ({"tool_choice": "any"}, "tool_choice"),
    ({"tool_choice": 5}, "tool_choice"),
    ({"tool_choice": {"type": "allowed_tools"}}, "tool_choice.tools"),
    ({"background": True}, "background"),
    ({"conversation": "conv_1"}, "conversation"),
    ({"prompt": {"id": "p"}}, "prompt"),
    ({"truncation": "auto"}, "truncation"),
    ({"messages": []}, "messages"),
    ({"max_tokens": 5}, "max_tokens"),
    ({"include": ["everything"]}, "include[0]"),
    ({"include": "everything"}, "include"),
    ({"text": {"format": {"type": "xml"}}}, "text.format.type"),
    ({"text": {"format": "json"}}, "text.format"),
    ({"text": {"colour": "red"}}, "text.colour"),
    ({"reasoning": {"budget": 5}}, "reasoning.budget"),
    ({"reasoning": "low"}, "reasoning"),
    ({"metadata": {"a": 1}}, "metadata"),
    ({"instructions": ["x"]}, "instructions"),
    ({"previous_response_id": 5}, "previous_response_id"),
    ({"store": "yes"}, "store"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "param"), REFUSED, ids=[param for _, param in REFUSED])
def test_what_cannot_be_done_is_refused_by_its_name(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_request({"model": "m", "input": "?", **fields})
    assert refused.value.param == param


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "role", "content", "id", "text", "name", "call_id", "output", "summary", "format"]
            ),
            inner
            | st.sampled_from(
                ["message", "user", "input_text", "function", "function_call_output", "reasoning"]
            ),
            max_size=4,
        )
    ),
    max_leaves=12,
)
FIELDS = [
    "input",
    "tools",
    "tool_choice",
    "text",
    "reasoning",
    "include",
    "metadata",
    "stream_options",
    "store",
]


@given(st.dictionaries(st.sampled_from(FIELDS), json_values))
def test_no_request_meets_a_defect(given: dict[str, Any]) -> None:
    with suppress(InvalidRequest):
        request, asked = read_request({"model": "m", **given})
        assert request["messages"]
        assert asked.id.startswith("resp_")


@given(
    st.sampled_from(["message", "function_call", "reasoning"]), st.sampled_from("io"), st.integers(0, 5000)
)
def test_an_item_tells_in_which_response_it_stands(kind: str, side: Any, place: int) -> None:
    response_id = new_response_id()
    assert response_of(item_id(response_id, kind, side, place)) == response_id
    assert response_of("msg_of_somebody_else") is None


def test_a_wrong_limit_is_named_as_the_caller_named_it(near: World) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        near.ann.responses.create(model="assistant", input="?", max_output_tokens=0)
    assert (refused.value.param, refused.value.code) == ("max_output_tokens", "invalid_type")
    assert "max_output_tokens" in refused.value.message
    with pytest.raises(openai.NotFoundError):
        near.ann.responses.create(model="nobody", input="?")
