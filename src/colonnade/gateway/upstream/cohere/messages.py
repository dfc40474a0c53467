"""A conversation in OpenAI's form becomes Cohere's, message by message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from colonnade.errors import InvalidRequest
from colonnade.gateway.upstream.carried import unsupported

PROVIDER: Final = "Cohere"
_CARRIED: Final[Mapping[str, tuple[str, ...]]] = {
    "text": ("type", "text"),
    "image_url": ("type", "image_url"),
    "document": ("type", "document"),
    "thinking": ("type", "thinking"),
}
"""Type of a part -> what of it Cohere knows."""


def conversation(messages: list[Any]) -> list[dict[str, Any]]:
    """The messages.

    Raises:
        InvalidRequest: naming what cannot be carried.
    """
    return [_message(message, f"messages[{number}]") for number, message in enumerate(messages)]


def _message(message: dict[str, Any], place: str) -> dict[str, Any]:
    write = _WRITERS.get(message.get("role", ""))
    if write is None:
        raise unsupported(f"{place}.role", PROVIDER)
    return write(message, place)


def _system(message: Mapping[str, Any], place: str) -> dict[str, Any]:
    return {"role": "system", "content": _content(message.get("content"), place)}


def _user(message: Mapping[str, Any], place: str) -> dict[str, Any]:
    return {"role": "user", "content": _content(message.get("content"), place)}


def _assistant(message: Mapping[str, Any], place: str) -> dict[str, Any]:
    said = _content(message.get("content") or message.get("refusal"), place)
    thought = message.get("reasoning_content")
    if thought:
        parts = [{"type": "text", "text": said}] if isinstance(said, str) and said else list(said)
        said = [{"type": "thinking", "thinking": thought}, *parts]
    called = [
        {"id": call.get("id"), "type": "function", "function": call.get("function")}
        for call in message.get("tool_calls") or []
    ]
    made = {"content": said, "tool_calls": called, "tool_plan": message.get("tool_plan")}
    kept = {name: value for name, value in made.items() if value}
    return {"role": "assistant", **(kept or {"content": ""})}


def _tool(message: Mapping[str, Any], place: str) -> dict[str, Any]:
    return {
        "role": "tool",
        "tool_call_id": message.get("tool_call_id"),
        "content": _content(message.get("content"), place),
    }


_WRITERS: Final[Mapping[str, Callable[[dict[str, Any], str], dict[str, Any]]]] = {
    "system": _system,
    "developer": _system,
    "user": _user,
    "assistant": _assistant,
    "tool": _tool,
}


def _content(content: Any, place: str) -> str | list[dict[str, Any]]:
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise _malformed(f"{place}.content")
    return [_part(part, f"{place}.content[{number}]") for number, part in enumerate(content)]


def _part(part: Any, place: str) -> dict[str, Any]:
    if not isinstance(part, dict):
        raise _malformed(place)
    if part.get("type") == "refusal":
        return {"type": "text", "text": part.get("refusal")}
    carried = _CARRIED.get(part.get("type", ""))
    if carried is None:
        raise unsupported(place, PROVIDER)
    return {name: part[name] for name in carried if name in part}


def _malformed(place: str) -> InvalidRequest:
    return InvalidRequest(f"`{place}` is no part of a message.", code="invalid_value", param=place)
