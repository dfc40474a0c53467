"""A request to Anthropic's Messages API becomes a chat request, and a faulty one is refused with the caller's own words.

What chat completions has no place for travels beside it (`extensions.py`): fields at the top as they are, marks such
as `cache_control` on the part they mark, and blocks of Anthropic's own untouched.
"""

from __future__ import annotations

from typing import Any, Final

from colonnade.errors import InvalidRequest
from colonnade.gateway.dialects.messages.tools import tool_choice, tools
from colonnade.gateway.dialects.messages.turns import system_messages, turn
from colonnade.gateway.field_faults import missing, wrong

_TRANSLATED: Final = frozenset({
    "messages", "metadata", "output_config", "service_tier", "stop_sequences", "system", "tool_choice", "tools",
})  # fmt: skip
_MISREAD: Final = frozenset({
    "audio", "function_call", "functions", "logprobs", "max_completion_tokens", "modalities", "n", "stop",
    "stream_options", "top_logprobs",
})  # fmt: skip
"""Fields of chat completions whose effect this dialect could not write back, or that it calls by another name."""
_TIERS: Final = {"auto": "auto", "standard_only": "default"}


def chat_request(request: dict[str, Any]) -> dict[str, Any]:
    """The request in the gateway's form; fields that nobody knows travel as they are.

    Raises:
        InvalidRequest: naming the caller's field, with places as Anthropic writes them: `messages.0.content.1.type`.
    """
    _refuse(request)
    made = {name: value for name, value in request.items() if value is not None and name not in _TRANSLATED}
    made["messages"] = [*system_messages(request.get("system")), *_turns(request.get("messages"))]
    return made | _stops(request) | _metadata(request) | _output(request) | _tier(request) | _tooling(request)


def _refuse(request: dict[str, Any]) -> None:
    for name in sorted(_MISREAD.intersection(request)):
        raise InvalidRequest(
            f"The field '{name}' is none of this endpoint.", code="unknown_parameter", param=name
        )
    if request.get("max_tokens") is None:
        missing("max_tokens")


def _turns(given: Any) -> list[dict[str, Any]]:
    if given is None:
        missing("messages")
    if not isinstance(given, list) or not given:
        wrong("messages", "an array that is not empty")
    return [message for number, each in enumerate(given) for message in turn(each, f"messages.{number}")]


def _stops(request: dict[str, Any]) -> dict[str, Any]:
    given = request.get("stop_sequences")
    if given is None:
        return {}
    if not isinstance(given, list) or not all(isinstance(stop, str) and stop for stop in given):
        wrong("stop_sequences", "an array of strings that are not empty")
    return {"stop": given} if given else {}


def _metadata(request: dict[str, Any]) -> dict[str, Any]:
    """Who asks on the caller's side, and whatever else the caller says about the request."""
    given = request.get("metadata")
    if given is None:
        return {}
    if not isinstance(given, dict):
        wrong("metadata", "an object")
    user, rest = given.get("user_id"), {name: value for name, value in given.items() if name != "user_id"}
    if user is not None and not isinstance(user, str):
        wrong("metadata.user_id", "a string")
    return ({"user": user} if user else {}) | ({"metadata": rest} if rest else {})


def _output(request: dict[str, Any]) -> dict[str, Any]:
    given = request.get("output_config")
    if given is None:
        return {}
    if not isinstance(given, dict):
        wrong("output_config", "an object")
    rest = {name: value for name, value in given.items() if name not in {"effort", "format"}}
    made: dict[str, Any] = {"output_config": rest} if rest else {}
    if given.get("effort") is not None:
        made["reasoning_effort"] = given["effort"]
    if given.get("format") is not None:
        made["response_format"] = _format(given["format"])
    return made


def _format(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict) or given.get("type") != "json_schema":
        wrong("output_config.format.type", "`json_schema`")
    if not isinstance(given.get("schema"), dict):
        wrong("output_config.format.schema", "an object")
    named = {"name": "answer", "schema": given["schema"], "strict": True}
    return {"type": "json_schema", "json_schema": named}


def _tier(request: dict[str, Any]) -> dict[str, Any]:
    given = request.get("service_tier")
    if given is None:
        return {}
    if not isinstance(given, str) or given not in _TIERS:
        wrong("service_tier", "`auto` or `standard_only`")
    return {"service_tier": _TIERS[given]}


def _tooling(request: dict[str, Any]) -> dict[str, Any]:
    given = request.get("tools")
    made = {"tools": tools(given)} if given else {}
    return made | tool_choice(request.get("tool_choice"))
