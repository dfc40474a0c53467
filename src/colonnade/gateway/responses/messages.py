"""Items of a conversation become the messages of a chat, in which a turn of the model's is one message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from colonnade.errors import InvalidRequest
from colonnade.gateway.responses.content import (
    assistant_content,
    parts_of,
    tool_content,
    user_content,
)

Item = dict[str, Any]
Message = dict[str, Any]

_LATER: Message = {"role": "user", "content": ""}
"""Stands where only references are given, until the stage `conversation` has read them."""


def messages_of(instructions: str | None, items: Sequence[Item], *, first: int = 0) -> list[Message]:
    """The messages; `first` is the place in `items` where the caller's `input` begins, which errors count from.

    Reasoning is left out: models are given what was said, not what was thought.
    """
    messages: list[Message] = [{"role": "system", "content": instructions}] if instructions else []
    for place, item in enumerate(items):
        _add(messages, item, f"input[{place - first}]")
    return messages or [dict(_LATER)]


def check_calls(items: Sequence[Item]) -> None:
    """Every tool call has its output and every output its call.

    Raises:
        InvalidRequest: `tool_output_missing` or `tool_call_missing`.
    """
    called = {item["call_id"] for item in items if item["type"] == "function_call"}
    answered = {item["call_id"] for item in items if item["type"] == "function_call_output"}
    if called - answered:
        raise InvalidRequest(
            "A function call in the conversation has no `function_call_output`.",
            code="tool_output_missing",
            param="input",
        )
    if answered - called:
        raise InvalidRequest(
            "A `function_call_output` names a `call_id` that no function call has.",
            code="tool_call_missing",
            param="input",
        )


def _add(messages: list[Message], item: Item, where: str) -> None:
    match item["type"]:
        case "message" if item["role"] == "assistant":
            said = assistant_content(item["content"], f"{where}.content")
            _speak(messages, said)
        case "message":
            content = user_content(item["content"], f"{where}.content")
            messages.append({"role": item["role"], "content": content})
        case "function_call":
            _call(messages, item)
        case "function_call_output":
            output = f"{where}.output"
            content = tool_content(parts_of(item["output"], output), output)
            messages.append({"role": "tool", "tool_call_id": item["call_id"], "content": content})


def _speak(messages: list[Message], said: dict[str, str]) -> None:
    """Words after tool calls of the same turn belong into the message that makes the calls."""
    last = messages[-1] if messages else {}
    if "tool_calls" in last and last["content"] is None:
        last.update({"content": None, **said})
    else:
        messages.append({"role": "assistant", "content": None, **said})


def _call(messages: list[Message], item: Item) -> None:
    function = {"name": item["name"], "arguments": item["arguments"]}
    call = {"id": item["call_id"], "type": "function", "function": function}
    if messages and messages[-1]["role"] == "assistant":
        messages[-1].setdefault("tool_calls", []).append(call)
    else:
        messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
