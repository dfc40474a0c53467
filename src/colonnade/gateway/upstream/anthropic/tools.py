"""Tools and the choice among them, from OpenAI's form to Anthropic's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from colonnade.errors import InvalidRequest
from colonnade.gateway.upstream.anthropic.content import PROVIDER, marked
from colonnade.gateway.upstream.carried import unsupported

_CHOICES: Final[Mapping[str, str]] = {"auto": "auto", "none": "none", "required": "any"}
_OF_OPENAI: Final = frozenset({"type", "function", "cache_control"})
"""What a tool is wrapped in; every other key beside the function is Anthropic's own, e.g. `defer_loading`."""
_OWN_CHOICES: Final = frozenset({"auto", "any", "tool", "none"})


def tools(given: list[Any]) -> list[dict[str, Any]]:
    """Functions as Anthropic describes them; tools of Anthropic's own pass as they are."""
    return [_tool(tool, f"tools[{number}]") for number, tool in enumerate(given)]


def tool_choice(request: Mapping[str, Any]) -> dict[str, Any] | None:
    """Which tools the model may call, and whether several at once; None where the request says nothing."""
    choice = _choice(request.get("tool_choice"))
    if request.get("parallel_tool_calls") is not False or not request.get("tools"):
        return choice
    if choice is not None and choice["type"] == "none":
        return choice
    return {**(choice or {"type": "auto"}), "disable_parallel_tool_use": True}


def _tool(tool: Any, place: str) -> dict[str, Any]:
    if not isinstance(tool, dict):
        raise _malformed(place)
    if "custom" in tool:
        raise unsupported(f"{place}.custom", PROVIDER)
    if tool.get("type") != "function":
        return tool
    function = tool.get("function")
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        raise _malformed(f"{place}.function")
    described = {name: function[name] for name in ("description", "strict") if function.get(name) is not None}
    schema = function.get("parameters") or {"type": "object", "properties": {}}
    further = {name: value for name, value in tool.items() if name not in _OF_OPENAI}
    return marked(
        {"name": function["name"], **described, "input_schema": schema, **further}, {**function, **tool}
    )


def _choice(given: Any) -> dict[str, Any] | None:
    if given is None:
        return None
    if isinstance(given, str) and given in _CHOICES:
        return {"type": _CHOICES[given]}
    if isinstance(given, dict):
        if given.get("type") in _OWN_CHOICES:
            return given
        function = given.get("function")
        if given.get("type") == "function" and isinstance(function, dict):
            return {"type": "tool", "name": function.get("name")}
    raise unsupported("tool_choice", PROVIDER)


def _malformed(place: str) -> InvalidRequest:
    return InvalidRequest(f"`{place}` describes no tool.", code="invalid_value", param=place)
