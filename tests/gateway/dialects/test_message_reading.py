"""Requests of Anthropic's callers in the gateway's form: nothing is lost, and faults name the caller's own field."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade.errors import InvalidRequest
from colonnade.gateway.dialects.messages.reading import chat_request

HELLO = {"role": "user", "content": "Hello"}
MARK = {"type": "ephemeral", "ttl": "1h"}


def read(**fields: Any) -> dict[str, Any]:
    return chat_request({"model": "assistant", "max_tokens": 9, "messages": [HELLO], **fields})


def messages(*given: Any) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = read(messages=list(given))["messages"]
    return made


def test_a_plain_request() -> None:
    assert read(system="Be brief.", temperature=0.5, top_p=0.9, top_k=5, stream=True) == {
        "model": "assistant", "max_tokens": 9, "temperature": 0.5, "top_p": 0.9, "top_k": 5, "stream": True,
        "messages": [{"role": "system", "content": "Be brief."}, HELLO],
    }  # fmt: skip


def test_marks_of_the_cache_stay_on_what_they_mark() -> None:
    text = {"type": "text", "text": "Long.", "cache_control": MARK}
    tool = {"name": "t", "input_schema": {"type": "object"}, "cache_control": MARK, "defer_loading": True}
    result = {
        "type": "tool_result",
        "tool_use_id": "a",
        "content": [text],
        "cache_control": MARK,
        "is_error": True,
    }
    used = {"type": "tool_use", "id": "a", "name": "t", "input": {"x": 1}, "cache_control": MARK}
    made = read(
        system=[text], tools=[tool], cache_control=MARK,
        messages=[HELLO, {"role": "assistant", "content": [used]}, {"role": "user", "content": [result]}],
    )  # fmt: skip
    system, _, called, told = made["messages"]
    assert system["content"] == [text]
    assert made["tools"] == [
        {
            "type": "function", "function": {"name": "t", "parameters": {"type": "object"}},
            "cache_control": MARK, "defer_loading": True,
        }
    ]  # fmt: skip
    function = {"name": "t", "arguments": '{"x":1}'}
    assert called == {
        "role": "assistant", "content": None,
        "tool_calls": [{"id": "a", "type": "function", "function": function, "cache_control": MARK}],
    }  # fmt: skip
    assert told == {
        "role": "tool", "tool_call_id": "a", "content": [text], "is_error": True, "cache_control": MARK,
    }  # fmt: skip
    assert made["cache_control"] == MARK


def test_one_text_without_marks_is_a_text() -> None:
    assert messages({"role": "user", "content": [{"type": "text", "text": "Hi", "citations": None}]}) == [
        {"role": "user", "content": "Hi"}
    ]


def test_results_of_tools_stand_behind_the_call_and_before_what_else_was_said() -> None:
    made = messages({"role": "user", "content": [
        {"type": "text", "text": "So?"}, {"type": "tool_result", "tool_use_id": "a"},
        {"type": "tool_result", "tool_use_id": "b", "content": "two"},
    ]})  # fmt: skip
    assert made == [
        {"role": "tool", "tool_call_id": "a", "content": ""},
        {"role": "tool", "tool_call_id": "b", "content": "two"},
        {"role": "user", "content": "So?"},
    ]


def test_pictures_and_files() -> None:
    mark = {"cache_control": MARK}
    url = {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}, **mark}
    pdf = {
        "type": "document",
        "title": "A",
        "source": {"type": "base64", "media_type": "application/pdf", "data": "QQ=="},
    }
    own = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}}
    stored = {"type": "image", "source": {"type": "file", "file_id": "f"}}
    [made] = messages(
        {"role": "user", "content": [url, pdf, own, {**pdf, "citations": {"enabled": True}}, stored]}
    )
    assert made["content"] == [
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}, **mark},
        {"type": "file", "file": {"filename": "A", "file_data": "data:application/pdf;base64,QQ=="}},
        own, {**pdf, "citations": {"enabled": True}}, stored,
    ]  # fmt: skip


def test_thinking_goes_back_as_it_came() -> None:
    signed = {"type": "thinking", "thinking": "hm", "signature": "s"}
    hidden = {"type": "redacted_thinking", "data": "x"}
    unsigned = {"type": "thinking", "thinking": "so", "signature": ""}
    said = {"type": "text", "text": "Yes."}
    [made] = messages({"role": "assistant", "content": [signed, hidden, unsigned, said]})
    assert made == {
        "role": "assistant", "content": "Yes.", "thinking_blocks": [signed, hidden], "reasoning_content": "so",
    }  # fmt: skip


def test_an_answer_with_blocks_of_anthropics_own_is_kept_whole() -> None:
    blocks = [
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
        {"type": "text", "text": "Yes."},
    ]
    [made] = messages({"role": "assistant", "content": blocks})
    assert made == {"role": "assistant", "content": "Yes.", "content_blocks": blocks}
    cited = [{"type": "text", "text": "Yes.", "citations": [{"cited_text": "y"}]}]
    assert messages({"role": "assistant", "content": cited})[0]["content_blocks"] == cited
    direct = [{"type": "tool_use", "id": "a", "name": "t", "input": {}, "caller": {"type": "direct"}}]
    assert "content_blocks" not in messages({"role": "assistant", "content": direct})[0]


def test_system_turns_within_a_conversation() -> None:
    assert messages(HELLO, {"role": "system", "content": "Now in French."})[1] == {
        "role": "system", "content": "Now in French.",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "made"),
    [
        ({"type": "auto"}, {"tool_choice": "auto"}),
        ({"type": "any"}, {"tool_choice": "required"}),
        ({"type": "none"}, {"tool_choice": "none"}),
        ({"type": "tool", "name": "t"}, {"tool_choice": {"type": "function", "function": {"name": "t"}}}),
        (
            {"type": "auto", "disable_parallel_tool_use": True},
            {"tool_choice": "auto", "parallel_tool_calls": False},
        ),
    ],
)
def test_the_choice_of_tools(choice: Any, made: Any) -> None:
    request = read(tool_choice=choice)
    assert {name: request[name] for name in made} == made


def test_what_has_a_name_of_its_own_elsewhere() -> None:
    schema = {"type": "object"}
    made = read(
        stop_sequences=["END"], metadata={"user_id": "u", "session_id": "s"}, service_tier="standard_only",
        output_config={"effort": "low", "format": {"type": "json_schema", "schema": schema}, "new": 1},
    )  # fmt: skip
    assert made["stop"] == ["END"]
    assert (made["user"], made["metadata"]) == ("u", {"session_id": "s"})
    assert (made["service_tier"], made["reasoning_effort"]) == ("default", "low")
    assert made["output_config"] == {"new": 1}
    assert made["response_format"]["json_schema"]["schema"] == schema


def test_what_has_no_place_travels_as_it_is() -> None:
    thinking, tool = (
        {"type": "enabled", "budget_tokens": 1024},
        {"type": "web_search_20250305", "name": "web_search"},
    )
    made = read(thinking=thinking, container="c", tools=[tool], unheard_of=1)
    assert (made["thinking"], made["container"], made["tools"], made["unheard_of"]) == (
        thinking,
        "c",
        [tool],
        1,
    )


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"max_tokens": None}, "missing_required_parameter", "max_tokens"),
        ({"messages": None}, "missing_required_parameter", "messages"),
        ({"messages": ["x"]}, "invalid_type", "messages.0"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "invalid_type", "messages.0.role"),
        ({"messages": [{"role": "user", "content": 7}]}, "invalid_type", "messages.0.content"),
        ({"messages": [{"role": "user", "content": ["x"]}]}, "invalid_type", "messages.0.content.0"),
        ({"messages": [{"role": "user", "content": [{}]}]}, "missing_required_parameter", "messages.0.content.0.type"),
        ({"messages": [{"role": "user", "content": [{"type": "tool_use"}]}]}, "invalid_type", "messages.0.content.0.type"),
        ({"messages": [{"role": "user", "content": [{"type": "image"}]}]}, "invalid_type", "messages.0.content.0.source"),
        ({"messages": [{"role": "user", "content": [{"type": "tool_result"}]}]}, "invalid_type", "messages.0.content.0.tool_use_id"),
        ({"messages": [{"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "b"}]}]}, "invalid_type", "messages.0.content.0.input"),
        ({"messages": [{"role": "assistant", "content": [{"type": "tool_result"}]}]}, "invalid_type", "messages.0.content.0.type"),
        ({"system": [{"type": "image"}]}, "invalid_type", "system.0.type"),
        ({"system": 7}, "invalid_type", "system"),
        ({"stop_sequences": "END"}, "invalid_type", "stop_sequences"),
        ({"metadata": {"user_id": 7}}, "invalid_type", "metadata.user_id"),
        ({"tools": {}}, None, None),
        ({"tools": [{"input_schema": {}}]}, "missing_required_parameter", "tools.0.name"),
        ({"tool_choice": "auto"}, "invalid_type", "tool_choice"),
        ({"tool_choice": {"type": "some"}}, "invalid_type", "tool_choice.type"),
        ({"output_config": {"format": {"type": "xml"}}}, "invalid_type", "output_config.format.type"),
        ({"service_tier": "flex"}, "invalid_type", "service_tier"),
        ({"n": 2}, "unknown_parameter", "n"),
        ({"stop": "END"}, "unknown_parameter", "stop"),
    ],
)  # fmt: skip
def test_faults_name_the_callers_field(fields: dict[str, Any], code: str | None, param: str | None) -> None:
    if code is None:
        assert "tools" not in read(**fields)
        return
    with pytest.raises(InvalidRequest) as caught:
        read(**fields)
    assert (caught.value.code, caught.value.param) == (code, param)
