"""Tools and the choice among them, from OpenAI's form to Converse's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from colonnade.errors import InvalidRequest
from colonnade.gateway.upstream.bedrock.blocks import PROVIDER, Block, cache_point
from colonnade.gateway.upstream.carried import unsupported

_CHOICES: Final[Mapping[str, str]] = {"auto": "auto", "required": "any"}


def tool_config(request: Mapping[str, Any], *, used: bool) -> dict[str, Any] | None:
    """The tools and which of them may be called; None where there are none.

    Converse cannot forbid calls: tools that may not be called are left out, unless earlier turns `used` them.
    """
    given, choice = request.get("tools") or [], request.get("tool_choice")
    if not given:
        return None
    if choice == "none":
        if used:
            raise unsupported("tool_choice", PROVIDER)
        return None
    described = [block for number, tool in enumerate(given) for block in _tool(tool, f"tools[{number}]")]
    chosen = _chosen(choice)
    return {"tools": described, **({} if chosen is None else {"toolChoice": chosen})}


def _tool(tool: Any, place: str) -> list[Block]:
    if not isinstance(tool, dict):
        raise _malformed(place)
    if "type" not in tool:
        return [tool]  # a tool of Converse's own, e.g. `systemTool`
    if tool["type"] != "function":
        raise unsupported(f"{place}.type", PROVIDER)
    function = tool.get("function")
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        raise _malformed(f"{place}.function")
    schema = function.get("parameters") or {"type": "object", "properties": {}}
    described = {
        "name": function["name"],
        "description": function.get("description"),
        "inputSchema": {"json": schema},
        "strict": function.get("strict"),
    }
    specified = {name: value for name, value in described.items() if value not in (None, "", False)}
    return [{"toolSpec": specified}, *cache_point({**function, **tool})]


def _chosen(choice: Any) -> dict[str, Any] | None:
    if choice is None:
        return None
    if isinstance(choice, str) and choice in _CHOICES:
        return {_CHOICES[choice]: {}}
    if isinstance(choice, dict) and choice.get("type") == "function":
        return {"tool": {"name": (choice.get("function") or {}).get("name")}}
    raise unsupported("tool_choice", PROVIDER)


def _malformed(place: str) -> InvalidRequest:
    return InvalidRequest(f"`{place}` describes no tool.", code="invalid_value", param=place)
