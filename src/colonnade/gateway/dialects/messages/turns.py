"""The turns of a conversation, from Anthropic's form to OpenAI's: results of tools become messages of their own."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from colonnade.gateway.dialects.messages.parts import beside, part, parts, plain, type_of
from colonnade.gateway.field_faults import wrong

Message = dict[str, Any]
KNOWN: Final = frozenset({"text", "thinking", "redacted_thinking", "tool_use"})
"""Blocks of an answer that the gateway's form has a place for."""
_ANSWERS_ONLY: Final = frozenset({"thinking", "redacted_thinking", "tool_use", "server_tool_use"})
_DIRECT: Final = {"type": "direct"}


def system_messages(given: Any) -> list[Message]:
    """The system prompt as the first message; none where it is empty."""
    if given in (None, "", []):
        return []
    return [{"role": "system", "content": _ruling(given, "system")}]


def turn(given: Any, place: str) -> list[Message]:
    """The messages of one turn.

    Raises:
        InvalidRequest: naming the place of what is wrong.
    """
    if not isinstance(given, dict):
        wrong(place, "an object")
    role, content, here = given.get("role"), given.get("content"), f"{place}.content"
    if role == "system":
        return [{"role": "system", "content": _ruling(content, here)}]
    if role not in {"user", "assistant"}:
        wrong(f"{place}.role", "`user`, `assistant` or `system`")
    if isinstance(content, str):
        return [{"role": role, "content": content}]
    if not isinstance(content, list):
        wrong(here, "a string or an array of blocks")
    return _user(content, here) if role == "user" else [_assistant(content, here)]


def _ruling(given: Any, place: str) -> Any:
    if isinstance(given, str):
        return given
    if not isinstance(given, list):
        wrong(place, "a string or an array of text blocks")
    for number, block in enumerate(given):
        if type_of(block, f"{place}.{number}") != "text":
            wrong(f"{place}.{number}.type", "`text`")
    return plain(parts(given, place))


def _user(blocks: list[Any], place: str) -> list[Message]:
    """Results of tools come first: they belong behind the answer that called the tools."""
    results: list[Message] = []
    said = []
    for number, block in enumerate(blocks):
        here = f"{place}.{number}"
        kind = type_of(block, here)
        if kind in _ANSWERS_ONLY:
            wrong(f"{here}.type", "a block that users may send")
        if kind == "tool_result":
            results.append(_result(block, here))
        else:
            said.append(part(block, here))
    return [*results, {"role": "user", "content": plain(said)}] if said or not results else results


def _result(block: dict[str, Any], place: str) -> Message:
    if not isinstance(block.get("tool_use_id"), str):
        wrong(f"{place}.tool_use_id", "a string")
    content = block.get("content")
    if content is not None and not isinstance(content, str | list):
        wrong(f"{place}.content", "a string or an array of blocks")
    told = plain(parts(content, f"{place}.content")) if isinstance(content, list) else content
    rest = beside(block, "type", "tool_use_id", "content", "is_error")
    failed = {"is_error": True} if block.get("is_error") else {}
    return {"role": "tool", "tool_call_id": block["tool_use_id"], "content": told or "", **failed, **rest}


def _assistant(blocks: list[Any], place: str) -> Message:
    """An answer of an earlier turn; one with blocks of Anthropic's own keeps all of them in `content_blocks`, too."""
    said, called, signed, unsigned = [], [], [], []
    for number, block in enumerate(blocks):
        here = f"{place}.{number}"
        kind = type_of(block, here)
        if kind == "tool_result":
            wrong(f"{here}.type", "a block that answers may have")
        if kind == "text":
            said.append(part(block, here))
        elif kind == "tool_use":
            called.append(_call(block, here))
        elif kind == "thinking" and not block.get("signature"):
            unsigned.append(_thinking(block, here))
        elif kind in {"thinking", "redacted_thinking"}:
            signed.append(block)
    message: Message = {"role": "assistant", "content": plain(said) if said else None}
    more = {
        "tool_calls": called,
        "thinking_blocks": signed,
        "reasoning_content": "".join(unsigned),
        "content_blocks": blocks if any(_own(block) for block in blocks) else None,
    }
    return message | {name: value for name, value in more.items() if value}


def _call(block: dict[str, Any], place: str) -> dict[str, Any]:
    for name in ("id", "name"):
        if not isinstance(block.get(name), str):
            wrong(f"{place}.{name}", "a string")
    if not isinstance(block.get("input"), dict):
        wrong(f"{place}.input", "an object")
    function = {"name": block["name"], "arguments": msgspec.json.encode(block["input"]).decode()}
    mark = {"cache_control": block["cache_control"]} if block.get("cache_control") else {}
    return {"id": block["id"], "type": "function", "function": function, **mark}


def _thinking(block: dict[str, Any], place: str) -> str:
    """Thinking without a signature is not Anthropic's: it came from a model that takes its reasoning back as text."""
    if not isinstance(block.get("thinking"), str):
        wrong(f"{place}.thinking", "a string")
    return str(block["thinking"])


def _own(block: dict[str, Any]) -> bool:
    """Whether the gateway's form would lose something of the block."""
    if block["type"] not in KNOWN:
        return True
    rest = beside(
        block, "type", "text", "thinking", "signature", "data", "id", "name", "input", "cache_control"
    )
    return bool(rest) and rest != {"caller": _DIRECT}
