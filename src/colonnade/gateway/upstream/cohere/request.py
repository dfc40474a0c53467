"""A chat request in the gateway's form becomes the body of `POST /chat`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from colonnade.gateway.upstream.carried import refuse_fields, unsupported
from colonnade.gateway.upstream.cohere.messages import PROVIDER, conversation

CANNOT: Final = frozenset({
    "audio", "function_call", "functions", "logit_bias", "logprobs", "metadata", "modalities", "n",
    "parallel_tool_calls", "prediction", "prompt_cache_key", "prompt_cache_retention", "safety_identifier",
    "service_tier", "store", "top_logprobs", "user", "verbosity", "web_search_options",
})  # fmt: skip
"""Fields of OpenAI's chat completions that Cohere's wire cannot carry."""

_TRANSLATED: Final = frozenset({
    "max_completion_tokens", "max_tokens", "messages", "reasoning_effort", "response_format", "stop", "stream",
    "stream_options", "thinking", "tool_choice", "tools", "top_k", "top_p",
})  # fmt: skip


def body_of(request: Mapping[str, Any], *, stream: bool) -> dict[str, Any]:
    """The body; fields that nobody knows, and Cohere's own such as `documents`, pass as they are.

    Raises:
        InvalidRequest: `unsupported_parameter` or `invalid_value`, naming the field.
    """
    refuse_fields(request, CANNOT, PROVIDER)
    own = {name: value for name, value in request.items() if name not in _TRANSLATED | CANNOT}
    stop = request.get("stop")
    given = request.get("tools") or []
    tools, choice = _tools(given, request.get("tool_choice"))
    made = {
        "messages": conversation(request["messages"]),
        "max_tokens": request.get("max_completion_tokens") or request.get("max_tokens"),
        "stop_sequences": [stop] if isinstance(stop, str) else stop,
        "p": request.get("top_p"),
        "k": request.get("top_k"),
        "tools": tools,
        "tool_choice": choice,
        "strict_tools": any(tool["function"].get("strict") for tool in given),
        "response_format": _format(request.get("response_format") or {}),
        "thinking": _thinking(request),
    }
    return (
        own
        | {name: value for name, value in made.items() if value not in (None, [], False)}
        | {"stream": stream}
    )


def _tools(given: list[Any], choice: Any) -> tuple[list[dict[str, Any]], str | None]:
    """The tools and the choice; a tool that is chosen by name is the only one that is offered."""
    tools = [_tool(tool, f"tools[{number}]") for number, tool in enumerate(given)]
    if choice in (None, "auto"):
        return tools, None
    if choice in ("none", "required"):
        return tools, str(choice).upper()
    named = (choice.get("function") or {}).get("name") if isinstance(choice, dict) else None
    offered = [tool for tool in tools if tool["function"].get("name") == named]
    if not offered:
        raise unsupported("tool_choice", PROVIDER)
    return offered, "REQUIRED"


def _tool(tool: Any, place: str) -> dict[str, Any]:
    function = tool.get("function") if isinstance(tool, dict) and tool.get("type") == "function" else None
    if not isinstance(function, dict):
        raise unsupported(place, PROVIDER)
    known = {name: function[name] for name in ("name", "description", "parameters") if name in function}
    return {"type": "function", "function": known}


def _format(given: Mapping[str, Any]) -> dict[str, Any] | None:
    kind = given.get("type", "text")
    if kind == "text":
        return None
    if kind == "json_object":
        return {"type": "json_object"}
    if kind == "json_schema":
        return {"type": "json_object", "json_schema": (given.get("json_schema") or {}).get("schema") or {}}
    raise unsupported("response_format", PROVIDER)


def _thinking(request: Mapping[str, Any]) -> dict[str, Any] | None:
    """Cohere thinks or does not; a budget may be named, a degree of effort cannot."""
    given, effort = request.get("thinking"), request.get("reasoning_effort")
    if isinstance(given, dict):
        budget = given.get("token_budget") or given.get("budget_tokens")
        kind = "disabled" if given.get("type") == "disabled" else "enabled"
        return {"type": kind, "token_budget": budget} if budget else {"type": kind}
    if effort is None:
        return None
    return {"type": "disabled" if effort == "none" else "enabled"}
