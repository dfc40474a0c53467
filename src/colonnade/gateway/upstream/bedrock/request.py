"""A chat request in the gateway's form becomes the body of `converse`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from colonnade.gateway.upstream.bedrock.blocks import PROVIDER
from colonnade.gateway.upstream.bedrock.conversation import Conversation
from colonnade.gateway.upstream.bedrock.tools import tool_config
from colonnade.gateway.upstream.carried import refuse_fields, unsupported

CANNOT: Final = frozenset({
    "audio", "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs", "modalities", "n",
    "parallel_tool_calls", "prediction", "presence_penalty", "prompt_cache_key", "prompt_cache_retention",
    "safety_identifier", "seed", "store", "top_logprobs", "user", "verbosity", "web_search_options",
})  # fmt: skip
"""Fields of OpenAI's chat completions that Converse cannot carry."""

_OWN: Final = frozenset({
    "additionalModelResponseFieldPaths", "guardrailConfig", "performanceConfig", "promptVariables",
    "requestMetadata", "serviceTier",
})  # fmt: skip
"""Fields of Converse that pass as they are."""

_TRANSLATED: Final = frozenset({
    "additionalModelRequestFields", "inferenceConfig", "max_completion_tokens", "max_tokens", "messages", "metadata",
    "model", "outputConfig", "reasoning_effort", "response_format", "service_tier", "stop", "stream", "stream_options",
    "temperature", "tool_choice", "tools", "top_p",
})  # fmt: skip
_EFFORTS: Final[Mapping[str, str | None]] = {
    "none": None, "minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "xhigh", "max": "max",
}  # fmt: skip
_TIERS: Final[Mapping[str, str | None]] = {
    "auto": None, "default": "default", "flex": "flex", "priority": "priority",
}  # fmt: skip


def body_of(request: Mapping[str, Any]) -> dict[str, Any]:
    """The body. Fields of Converse pass as they are; those that nobody knows are the model's own, e.g. `top_k`.

    Raises:
        InvalidRequest: `unsupported_parameter` or `invalid_value`, naming the field.
    """
    refuse_fields(request, CANNOT, PROVIDER)
    conversation = Conversation(request["messages"])
    models_own = {name: value for name, value in request.items() if name not in _TRANSLATED | CANNOT | _OWN}
    made = {
        "system": conversation.system,
        "messages": conversation.turns,
        "inferenceConfig": _inference(request),
        "toolConfig": tool_config(request, used=conversation.uses_tools),
        "outputConfig": _output(request),
        "serviceTier": _tier(request.get("service_tier")),
        "requestMetadata": request.get("metadata"),
        "additionalModelRequestFields": models_own | (request.get("additionalModelRequestFields") or {}),
    }
    made |= {name: request[name] for name in _OWN.intersection(request)}
    return {name: value for name, value in made.items() if value not in (None, [], {})}


def _inference(request: Mapping[str, Any]) -> dict[str, Any]:
    stop = request.get("stop")
    config = {
        "maxTokens": request.get("max_completion_tokens") or request.get("max_tokens"),
        "temperature": request.get("temperature"),
        "topP": request.get("top_p"),
        "stopSequences": [stop] if isinstance(stop, str) else stop,
        **(request.get("inferenceConfig") or {}),
    }
    return {name: value for name, value in config.items() if value not in (None, [])}


def _output(request: Mapping[str, Any]) -> dict[str, Any]:
    """Format and effort; what the caller set in Converse's own words wins."""
    effort = request.get("reasoning_effort")
    if effort is not None and (not isinstance(effort, str) or effort not in _EFFORTS):
        raise unsupported("reasoning_effort", PROVIDER)
    config = {
        "textFormat": _format(request.get("response_format") or {}),
        "effort": _EFFORTS[effort] if effort else None,
        **(request.get("outputConfig") or {}),
    }
    return {name: value for name, value in config.items() if value is not None}


def _format(wanted: Mapping[str, Any]) -> dict[str, Any] | None:
    kind = wanted.get("type", "text")
    if kind == "text":
        return None
    if kind != "json_schema":
        raise unsupported("response_format", PROVIDER)
    given = wanted.get("json_schema") or {}
    described = {name: given[name] for name in ("name", "description") if given.get(name)}
    schema = msgspec.json.encode(given.get("schema") or {}).decode()
    return {"type": "json_schema", "structure": {"jsonSchema": {**described, "schema": schema}}}


def _tier(given: Any) -> dict[str, Any] | None:
    if given is None:
        return None
    if not isinstance(given, str) or given not in _TIERS:
        raise unsupported("service_tier", PROVIDER)
    tier = _TIERS[given]
    return None if tier is None else {"type": tier}
