"""Calls of tools and their results, as earlier turns of a conversation, told to a model that knows no tools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

_ROLES = ("tool", "function")


def told_in_words(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages, with calls as the JSON that the model writes itself, and results as turns of the user."""
    names = {call.get("id"): _name(call) for message in messages for call in message.get("tool_calls") or ()}
    return [_told(message, names) for message in messages]


def _told(message: dict[str, Any], names: dict[Any, str]) -> dict[str, Any]:
    if message.get("role") in _ROLES:
        name = names.get(message.get("tool_call_id")) or message.get("name") or "the function"
        return {"role": "user", "content": f"Result of {name}: {_text(message.get('content'))}"}
    calls = message.get("tool_calls")
    if not calls:
        return message
    said = [text for text in (_text(message.get("content")), *map(_written, calls)) if text]
    return {"role": "assistant", "content": "\n".join(said)}


def _written(call: dict[str, Any]) -> str:
    function = call.get("function") or {}
    try:
        arguments = msgspec.json.decode(function.get("arguments") or "{}")
    except msgspec.MsgspecError:
        arguments = {}
    return msgspec.json.encode({"tool": _name(call), "arguments": arguments}).decode()


def _name(call: dict[str, Any]) -> str:
    return str((call.get("function") or {}).get("name") or "")


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return "" if content is None else str(content)
