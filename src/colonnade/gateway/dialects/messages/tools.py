"""Tools and the choice among them, from Anthropic's form to OpenAI's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from colonnade.gateway.field_faults import missing, wrong

_CHOICES: Final[Mapping[str, str]] = {"auto": "auto", "any": "required", "none": "none"}
_OF_FUNCTION: Final = frozenset({"type", "name", "description", "input_schema", "strict"})


def tools(given: Any) -> list[dict[str, Any]]:
    """Functions as OpenAI describes them, further keys beside; tools of Anthropic's own stay as they are.

    Raises:
        InvalidRequest: naming the faulty tool.
    """
    if not isinstance(given, list):
        wrong("tools", "an array")
    return [_tool(tool, f"tools.{number}") for number, tool in enumerate(given)]


def _tool(tool: Any, place: str) -> dict[str, Any]:
    if not isinstance(tool, dict):
        wrong(place, "an object")
    if tool.get("type") not in (None, "custom"):
        return tool
    if tool.get("name") is None:
        missing(f"{place}.name")
    if not isinstance(tool["name"], str):
        wrong(f"{place}.name", "a string")
    if not isinstance(tool.get("input_schema"), dict):
        wrong(f"{place}.input_schema", "an object")
    described = {name: tool[name] for name in ("description", "strict") if tool.get(name) is not None}
    function = {"name": tool["name"], **described, "parameters": tool["input_schema"]}
    beside = {name: value for name, value in tool.items() if name not in _OF_FUNCTION and value is not None}
    return {"type": "function", "function": function, **beside}


def tool_choice(given: Any) -> dict[str, Any]:
    """`tool_choice` and `parallel_tool_calls`, as far as the caller says anything about them."""
    if given is None:
        return {}
    if not isinstance(given, dict):
        wrong("tool_choice", "an object")
    one_at_once = {"parallel_tool_calls": False} if given.get("disable_parallel_tool_use") else {}
    return {"tool_choice": _chosen(given), **one_at_once}


def _chosen(given: dict[str, Any]) -> Any:
    if given.get("type") == "tool":
        if not isinstance(given.get("name"), str):
            wrong("tool_choice.name", "a string")
        return {"type": "function", "function": {"name": given["name"]}}
    kind = given.get("type")
    if not isinstance(kind, str) or kind not in _CHOICES:
        wrong("tool_choice.type", "`auto`, `any`, `tool` or `none`")
    return _CHOICES[kind]
