"""A chat request in the gateway's form becomes the body of `POST /messages`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from colonnade.gateway.upstream.anthropic.content import PROVIDER
from colonnade.gateway.upstream.anthropic.messages import Conversation
from colonnade.gateway.upstream.anthropic.tools import tool_choice, tools
from colonnade.gateway.upstream.carried import refuse_fields, unsupported

CANNOT: Final = frozenset({
    "audio", "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs", "metadata", "modalities",
    "n", "prediction", "presence_penalty", "prompt_cache_key", "prompt_cache_retention", "seed", "store",
    "top_logprobs", "verbosity", "web_search_options",
})  # fmt: skip
"""Fields of OpenAI's chat completions that Anthropic's wire cannot carry."""

_TRANSLATED: Final = frozenset({
    "max_completion_tokens", "max_tokens", "messages", "output_config", "parallel_tool_calls", "reasoning_effort",
    "response_format", "safety_identifier", "service_tier", "stop", "stream", "stream_options", "tool_choice",
    "tools", "user",
})  # fmt: skip
_EFFORTS: Final[Mapping[str, str]] = {
    "minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "xhigh", "max": "max",
}  # fmt: skip
_TIERS: Final[Mapping[str, str]] = {
    "auto": "auto", "priority": "auto", "default": "standard_only", "flex": "standard_only",
    "standard_only": "standard_only",
}  # fmt: skip
"""Anthropic's `auto` takes the capacity that was bought first, where there is some."""
_MOST_TOKENS: Final = 4096
"""Anthropic demands a limit; this one holds where neither the caller nor the route names one."""


def body_of(request: Mapping[str, Any], *, stream: bool) -> dict[str, Any]:
    """The body; fields that nobody knows, and Anthropic's own such as `thinking` and `top_k`, pass as they are.

    Raises:
        InvalidRequest: `unsupported_parameter` or `invalid_value`, naming the field.
    """
    refuse_fields(request, CANNOT, PROVIDER)
    conversation = Conversation(request["messages"])
    own = {name: value for name, value in request.items() if name not in _TRANSLATED | CANNOT}
    made = {
        "max_tokens": request.get("max_completion_tokens") or request.get("max_tokens") or _MOST_TOKENS,
        "system": conversation.system,
        "messages": conversation.turns,
        "stop_sequences": _stops(request.get("stop")),
        "tools": tools(request.get("tools") or []),
        "tool_choice": tool_choice(request),
        "metadata": _metadata(request),
        "output_config": _output_config(request),
        "service_tier": _tier(request.get("service_tier")),
        "stream": stream,
    }
    if request.get("reasoning_effort") == "none":
        own.setdefault("thinking", {"type": "disabled"})
    return own | {name: value for name, value in made.items() if value not in (None, [], {}, False)}


def _stops(given: Any) -> list[str]:
    return [given] if isinstance(given, str) else list(given or [])


def _metadata(request: Mapping[str, Any]) -> dict[str, Any]:
    """Of what OpenAI's callers say about a user, Anthropic takes one opaque id."""
    user = request.get("user") or request.get("safety_identifier")
    return {"user_id": user} if user else {}


def _output_config(request: Mapping[str, Any]) -> dict[str, Any]:
    config = dict(request.get("output_config") or {})
    format_ = request.get("response_format") or {}
    if format_.get("type") == "json_schema":
        config.setdefault(
            "format", {"type": "json_schema", "schema": format_.get("json_schema", {}).get("schema", {})}
        )
    elif format_.get("type", "text") != "text":
        raise unsupported("response_format", PROVIDER)
    effort = request.get("reasoning_effort")
    if isinstance(effort, str) and effort in _EFFORTS:
        config.setdefault("effort", _EFFORTS[effort])
    elif effort not in (None, "none"):
        raise unsupported("reasoning_effort", PROVIDER)
    return config


def _tier(given: object) -> str | None:
    if given is None:
        return None
    tier = _TIERS.get(given) if isinstance(given, str) else None
    if tier is None:
        raise unsupported("service_tier", PROVIDER)
    return tier
