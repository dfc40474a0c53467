"""Function tools and the choice among them are written as chat writes them; tools that a provider runs are refused."""

from __future__ import annotations

from typing import Any

from colonnade.errors import InvalidRequest
from colonnade.gateway.field_faults import missing, wrong

_MODES = frozenset({"none", "auto", "required"})


def tools_of(given: Any) -> list[dict[str, Any]]:
    """Chat's tools.

    Raises:
        InvalidRequest: `unsupported_tool` for any tool that is no function, named by its place.
    """
    if given is None:
        return []
    if not isinstance(given, list):
        wrong("tools", "an array")
    return [_tool(tool, f"tools[{place}]") for place, tool in enumerate(given)]


def tool_choice_of(given: Any, *, has_tools: bool) -> Any:
    """Chat's choice; None where nothing is left to choose.

    Raises:
        InvalidRequest: a choice of what is no function.
    """
    if given is None or (not has_tools and given in ("auto", "none")):
        return None
    if isinstance(given, str):
        if given not in _MODES:
            wrong("tool_choice", "`none`, `auto`, `required` or an object")
        return given
    if not isinstance(given, dict):
        wrong("tool_choice", "a string or an object")
    if given.get("type") == "function":
        return _named(given, "tool_choice")
    if given.get("type") == "allowed_tools":
        return _allowed(given)
    raise _refused("tool_choice.type")


def _tool(tool: Any, where: str) -> dict[str, Any]:
    if not isinstance(tool, dict):
        wrong(where, "an object")
    if tool.get("type") != "function":
        raise _refused(f"{where}.type")
    if not isinstance(tool.get("name"), str):
        missing(f"{where}.name")
    function = {name: value for name, value in tool.items() if name != "type" and value is not None}
    return {"type": "function", "function": function}


def _named(tool: Any, where: str) -> dict[str, Any]:
    if not isinstance(tool, dict) or tool.get("type") != "function":
        raise _refused(f"{where}.type")
    if not isinstance(tool.get("name"), str):
        missing(f"{where}.name")
    return {"type": "function", "function": {"name": tool["name"]}}


def _allowed(given: dict[str, Any]) -> dict[str, Any]:
    tools = given.get("tools")
    if not isinstance(tools, list):
        wrong("tool_choice.tools", "an array")
    named = [_named(tool, f"tool_choice.tools[{place}]") for place, tool in enumerate(tools)]
    return {"type": "allowed_tools", "allowed_tools": {"mode": given.get("mode", "auto"), "tools": named}}


def _refused(param: str) -> InvalidRequest:
    return InvalidRequest(
        "Only tools of the type `function` are served here: no upstream runs tools of its own for this gateway.",
        code="unsupported_tool",
        param=param,
    )
