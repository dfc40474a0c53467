"""Whole answers as messages: what was thought, said and called, why it ended, and what it used."""

from __future__ import annotations

import json
from typing import Any

import pytest
from telling import a_call, finished, whole

from colonnade.gateway.call import Reply, Usage
from colonnade.gateway.dialects.messages import MESSAGES
from colonnade.gateway.upstream.inner import usage_of


def message(
    said: dict[str, Any], finish: str = "stop", *, usage: Any = None, **of_choice: Any
) -> dict[str, Any]:
    document = json.loads(whole(said, finish, **of_choice))
    if usage is not None:
        document["usage"] = usage
    reply = finished(Reply(body=json.dumps(document).encode(), usage=Usage(fresh_input=5, output=2)))
    made: dict[str, Any] = json.loads(MESSAGES.write(a_call(MESSAGES, stop=["END"]), reply))
    return made


def test_what_was_thought_said_and_called() -> None:
    called = {
        "id": "a",
        "type": "function",
        "function": {"name": "t", "arguments": '{"x": 12345678901234567890123}'},
    }
    made = message({"content": "Yes.", "reasoning_content": "hm", "tool_calls": [called]}, "tool_calls")
    assert made["content"] == [
        {"type": "thinking", "thinking": "hm", "signature": ""},
        {"type": "text", "text": "Yes."},
        {"type": "tool_use", "id": "a", "name": "t", "input": {"x": 12345678901234567890123}},
    ]
    assert (made["id"], made["model"], made["role"]) == ("msg_req-1", "m-1", "assistant")


def test_signed_thinking_and_citations() -> None:
    blocks = [
        {"type": "thinking", "thinking": "hm", "signature": "s"},
        {"type": "redacted_thinking", "data": "x"},
    ]
    said = {
        "content": "So.",
        "reasoning_content": "hm",
        "thinking_blocks": blocks,
        "citations": [{"type": "c"}],
    }
    assert message(said)["content"] == [
        *blocks,
        {"type": "text", "text": "So.", "citations": [{"type": "c"}]},
    ]


def test_arguments_that_are_no_object_are_not_hidden() -> None:
    called = [{"id": "a", "function": {"name": "t", "arguments": given}} for given in ('{"x": ', "[1]", "")]
    inputs = [block["input"] for block in message({"tool_calls": called}, "tool_calls")["content"]]
    assert inputs == [{"INVALID_JSON": '{"x": '}, {"INVALID_JSON": "[1]"}, {}]


def test_blocks_of_an_anthropic_upstream_are_kept_unless_a_stage_changed_the_text() -> None:
    search, text = (
        {"type": "server_tool_use", "id": "s", "name": "q", "input": {}},
        {"type": "text", "text": "Yes."},
    )
    kept = [search, text]
    assert message({"content": "Yes.", "content_blocks": kept})["content"] == kept
    noticed = message({"content": "I am an AI.\n\nYes.", "content_blocks": kept})["content"]
    assert noticed == [search, {"type": "text", "text": "I am an AI.\n\n"}, text]
    masked = message({"content": "[masked]", "content_blocks": kept})["content"]
    assert masked == [{"type": "text", "text": "[masked]"}, search]


@pytest.mark.parametrize(
    ("finish", "of_choice", "reason"),
    [
        ("stop", {}, "end_turn"),
        ("length", {}, "max_tokens"),
        ("content_filter", {}, "refusal"),
        ("tool_calls", {}, "tool_use"),
        ("stop", {"native_finish_reason": "pause_turn"}, "pause_turn"),
        (
            "length",
            {"native_finish_reason": "model_context_window_exceeded"},
            "model_context_window_exceeded",
        ),
        ("content_filter", {"native_finish_reason": "end_turn"}, "refusal"),
        ("stop", {"stop_sequence": "END"}, "stop_sequence"),
        ("stop", {"stop_reason": 32007}, "end_turn"),
        ("unheard_of", {}, "end_turn"),
    ],
)
def test_why_it_ended(finish: str, of_choice: dict[str, Any], reason: str) -> None:
    made = message({"content": "Yes."}, finish, **of_choice)
    assert made["stop_reason"] == reason
    assert made["stop_sequence"] == ("END" if reason == "stop_sequence" else None)


def test_a_call_that_ends_with_stop_is_still_a_call() -> None:
    called = [{"id": "a", "function": {"name": "t", "arguments": "{}"}}]
    assert message({"tool_calls": called})["stop_reason"] == "tool_use"


def test_usage_is_split_as_anthropic_splits_it() -> None:
    usage = usage_of(fresh=10, output=7, cache_read=20, cache_write=30, cache_write_1h=40, reasoning=3)
    assert message({"content": "Yes."}, usage=usage)["usage"] == {
        "input_tokens": 10, "cache_read_input_tokens": 20, "cache_creation_input_tokens": 70,
        "cache_creation": {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 40},
        "output_tokens": 7, "output_tokens_details": {"thinking_tokens": 3},
    }  # fmt: skip


def test_usage_that_the_upstream_does_not_report_is_the_gateways_own() -> None:
    counts = message({"content": "Yes."})["usage"]
    assert (counts["input_tokens"], counts["output_tokens"]) == (5, 2)
