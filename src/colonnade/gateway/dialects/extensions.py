"""What callers of Anthropic's dialect may say beyond chat completions reaches Anthropic, and is named where it is lost.

The gateway's form carries it beside OpenAI's fields, in the words of Anthropic and of other gateways:

    request              `thinking`, `output_config` and other fields of Anthropic's, as they are
    message              `thinking_blocks`, `content_blocks`, `is_error`, `cache_control`
    part of a message    `cache_control`, and blocks of Anthropic's own such as `document`
    tool, tool call      `cache_control` and others, and tools of Anthropic's own
    header               `anthropic-beta`

An upstream of the kind `anthropic` is given all of it but the header, other kinds what they have a place for (`_KEPT`).
Marks and fields that are left are named, blocks that are part of what was said are refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from colonnade.errors import InvalidRequest
from colonnade.gateway.call import Call
from colonnade.gateway.dialects.messages.names import callers_names
from colonnade.gateway.dialects.messages.turns import KNOWN

_DIALECT: Final = "anthropic"
_TAKE_ALL: Final = frozenset({"", "anthropic"})
"""Kinds that are given everything; the empty one is an upstream of which nothing is known."""
_BETA: Final = b"anthropic-beta"
_FIELDS: Final = frozenset({
    "cache_control", "container", "context_management", "diagnostics", "fallbacks", "inference_geo", "mcp_servers",
    "output_config", "output_format", "speed", "thinking", "user_profile_id",
})  # fmt: skip
"""Fields of Anthropic's requests that mean nothing elsewhere. `top_k` is known to many and passes."""
_MARKS: Final = frozenset({"cache_control", "is_error", "thinking_blocks"})
_KEPT: Final[Mapping[str, frozenset[str]]] = {
    "bedrock": _MARKS | {"thinking"},
    "cohere": frozenset({"thinking"}),
    "gemini": frozenset({"is_error", "thinking"}),
}
"""Kind -> what its wire has a place for; marks stand within messages and tools, others at the top."""
_OF_MESSAGE: Final = frozenset({
    "role", "content", "name", "tool_calls", "tool_call_id", "refusal", "reasoning_content",
})  # fmt: skip
_OF_TOOL: Final = frozenset({"type", "function"})
_OF_CALL: Final = frozenset({"id", "type", "function"})
_PARTS: Final[Mapping[str, frozenset[str]]] = {
    kind: frozenset({"type", kind}) for kind in ("text", "image_url", "file", "input_audio", "refusal")
}


def plain(call: Call, kind: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The request for an upstream of `kind`, and what of the caller's words it is without.

    Raises:
        InvalidRequest: `unsupported_parameter`, a message holds a block that only Anthropic understands.
    """
    if call.dialect.name != _DIALECT:
        return call.request, ()
    lost = {_BETA.decode()} if call.headers.get(_BETA) else set()
    if kind in _TAKE_ALL:
        return call.request, tuple(lost)
    kept = _KEPT.get(kind, frozenset())
    request = _without(call.request, call.request.keys() - (_FIELDS - (kept - _MARKS)), lost)
    marks = kept & _MARKS
    request["messages"] = [_message(message, marks, lost) for message in request["messages"]]
    if request.get("tools"):
        tools = [_without(tool, _OF_TOOL | marks, lost) for tool in _functions(request["tools"], lost)]
        request = (
            {**request, "tools": tools} if tools else _without(request, request.keys() - _TOOLING, set())
        )
    return request, tuple(sorted(lost))


_TOOLING: Final = frozenset({"tools", "tool_choice", "parallel_tool_calls"})


def named(call: Call, fields: tuple[str, ...]) -> tuple[str, ...]:
    """The fields in the caller's own words."""
    return callers_names(fields) if call.dialect.name == _DIALECT else fields


def _message(message: dict[str, Any], marks: frozenset[str], lost: set[str]) -> dict[str, Any]:
    own = (block.get("type") for block in message.get("content_blocks") or ())
    lost.update(kind for kind in own if isinstance(kind, str) and kind not in KNOWN)
    made = _without(message, _OF_MESSAGE | marks, lost)
    lost.discard("content_blocks")
    if isinstance(made.get("content"), list):
        made["content"] = [_part(part, marks, lost) for part in made["content"]]
    if made.get("tool_calls"):
        made["tool_calls"] = [_without(called, _OF_CALL | marks, lost) for called in made["tool_calls"]]
    return made


def _part(part: dict[str, Any], marks: frozenset[str], lost: set[str]) -> dict[str, Any]:
    known = _PARTS.get(part.get("type", ""))
    if known is None:
        raise InvalidRequest(
            f"No model of this route can read a block of the type '{part.get('type')}' as it stands here.",
            code="unsupported_parameter",
            param="messages",
        )
    return _without(part, known | marks, lost)


def _functions(tools: Iterable[dict[str, Any]], lost: set[str]) -> list[dict[str, Any]]:
    """The functions among the tools; others are Anthropic's own."""
    functions = []
    for tool in tools:
        if tool.get("type") == "function":
            functions.append(tool)
        else:
            lost.add(str(tool.get("type")))
    return functions


def _without(given: dict[str, Any], known: Iterable[str], lost: set[str]) -> dict[str, Any]:
    """A copy with the known keys; the names of others that say something are added to `lost`."""
    made = {name: given[name] for name in given if name in known}
    lost.update(name for name, value in given.items() if name not in made and value not in (None, {}, []))
    return made
