"""Functions and the choice among them, from OpenAI's form to Gemini's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from colonnade.errors import InvalidRequest
from colonnade.gateway.upstream.carried import unsupported
from colonnade.gateway.upstream.gemini.parts import PROVIDER

_MODES: Final[Mapping[str, str]] = {"auto": "AUTO", "none": "NONE", "required": "ANY"}


def tools(given: list[Any]) -> list[dict[str, Any]]:
    """All functions in one tool, as Gemini wants it; tools of Gemini's own such as `googleSearch` pass as they are."""
    functions, own = [], []
    for number, tool in enumerate(given):
        place = f"tools[{number}]"
        if not isinstance(tool, dict):
            raise _malformed(place)
        if "type" not in tool:
            own.append(tool)
        elif tool["type"] == "function":
            functions.append(_declared(tool.get("function"), f"{place}.function"))
        else:
            raise unsupported(f"{place}.type", PROVIDER)
    return [*([{"functionDeclarations": functions}] if functions else []), *own]


def tool_config(request: Mapping[str, Any]) -> dict[str, Any] | None:
    """Which functions may be called; None where the request says nothing about it."""
    mode, names = _chosen(request.get("tool_choice"))
    if mode in {None, "AUTO"} and any(map(_strict, request.get("tools") or [])):
        mode = "VALIDATED"
    if mode is None:
        return None
    return {"functionCallingConfig": {"mode": mode, **({"allowedFunctionNames": names} if names else {})}}


def _declared(function: Any, place: str) -> dict[str, Any]:
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        raise _malformed(place)
    declared = {"name": function["name"], "description": function.get("description")}
    declared["parametersJsonSchema"] = function.get("parameters") or None
    return {name: value for name, value in declared.items() if value is not None}


def _chosen(choice: Any) -> tuple[str | None, list[str]]:
    if choice is None:
        return None, []
    if isinstance(choice, str) and choice in _MODES:
        return _MODES[choice], []
    try:
        if choice["type"] == "function":
            return "ANY", [choice["function"]["name"]]
        allowed = choice["allowed_tools"]
        if allowed["mode"] == "required":
            return "ANY", [tool["function"]["name"] for tool in allowed["tools"]]
    except (KeyError, TypeError) as error:
        raise unsupported("tool_choice", PROVIDER) from error
    raise unsupported("tool_choice", PROVIDER)


def _strict(tool: Any) -> bool:
    return (
        isinstance(tool, dict)
        and isinstance(tool.get("function"), dict)
        and tool["function"].get("strict") is True
    )


def _malformed(place: str) -> InvalidRequest:
    return InvalidRequest(f"`{place}` describes no tool.", code="invalid_value", param=place)
