"""A chat request in the gateway's form becomes the body of `generateContent`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from colonnade.gateway.upstream.carried import refuse_fields, unsupported
from colonnade.gateway.upstream.gemini.conversation import Conversation
from colonnade.gateway.upstream.gemini.generations import since_three
from colonnade.gateway.upstream.gemini.parts import PROVIDER
from colonnade.gateway.upstream.gemini.tools import tool_config, tools

CANNOT: Final = frozenset({
    "audio", "function_call", "functions", "logit_bias", "metadata", "modalities", "parallel_tool_calls",
    "prediction", "prompt_cache_key", "prompt_cache_retention", "safety_identifier", "service_tier", "store", "user", "verbosity",
    "web_search_options",
})  # fmt: skip
"""Fields of OpenAI's chat completions that Gemini's wire cannot carry."""

_SAMPLING: Final[Mapping[str, str]] = {
    "frequency_penalty": "frequencyPenalty", "logprobs": "responseLogprobs", "n": "candidateCount",
    "presence_penalty": "presencePenalty", "seed": "seed", "temperature": "temperature", "top_k": "topK",
    "top_logprobs": "logprobs", "top_p": "topP",
}  # fmt: skip
_TRANSLATED: Final = frozenset({
    *_SAMPLING, "generationConfig", "max_completion_tokens", "max_tokens", "messages", "model", "reasoning_effort",
    "response_format", "stop", "stream", "stream_options", "thinking", "tool_choice", "tools",
})  # fmt: skip
_BUDGETS: Final[Mapping[str, int]] = {
    "none": 0, "minimal": 1024, "low": 1024, "medium": 8192, "high": 24576, "xhigh": 24576, "max": 24576,
}  # fmt: skip
"""Effort -> tokens of thinking, as Google maps them (ai.google.dev/gemini-api/docs/openai)."""
_AS_IT_LIKES: Final = -1
"""The budget with which a model thinks as much as it finds right; models that know levels take budgets, too."""
_LEVELS: Final[Mapping[str, str]] = {
    "none": "minimal", "minimal": "minimal", "low": "low", "medium": "medium", "high": "high", "xhigh": "xhigh",
    "max": "xhigh",
}  # fmt: skip
"""Effort -> level of thinking; models since Gemini 3 cannot do without."""


def body_of(request: Mapping[str, Any]) -> dict[str, Any]:
    """The body; fields that nobody knows, and Gemini's own such as `safetySettings`, pass as they are.

    Raises:
        InvalidRequest: `unsupported_parameter` or `invalid_value`, naming the field.
    """
    refuse_fields(request, CANNOT, PROVIDER)
    conversation = Conversation(request["messages"], signs=since_three(request["model"]))
    own = {name: value for name, value in request.items() if name not in _TRANSLATED | CANNOT}
    made = {
        "systemInstruction": {"parts": conversation.system} if conversation.system else None,
        "contents": conversation.turns,
        "tools": tools(request.get("tools") or []),
        "toolConfig": tool_config(request),
        "generationConfig": _generation(request),
    }
    return own | {name: value for name, value in made.items() if value not in (None, [], {})}


def _generation(request: Mapping[str, Any]) -> dict[str, Any]:
    """Limits, sampling, format and thinking; what the caller set in Gemini's own words wins."""
    stop = request.get("stop")
    config: dict[str, Any] = {
        "maxOutputTokens": request.get("max_completion_tokens") or request.get("max_tokens"),
        "stopSequences": [stop] if isinstance(stop, str) else stop or None,
        "thinkingConfig": _thinking(request),
        **{theirs: request.get(ours) for ours, theirs in _SAMPLING.items()},
        **_format(request.get("response_format") or {}),
    }
    config |= request.get("generationConfig") or {}
    return {name: value for name, value in config.items() if value is not None and value is not False}


def _format(wanted: Mapping[str, Any]) -> dict[str, Any]:
    kind = wanted.get("type", "text")
    if kind == "text":
        return {}
    if kind == "json_object":
        return {"responseMimeType": "application/json"}
    if kind == "json_schema":
        schema = (wanted.get("json_schema") or {}).get("schema") or {}
        return {"responseMimeType": "application/json", "responseJsonSchema": schema}
    raise unsupported("response_format", PROVIDER)


def _thinking(request: Mapping[str, Any]) -> dict[str, Any] | None:
    """How much to think, and that the thoughts are to be shown; a budget in Anthropic's words wins over an effort."""
    thinking = request.get("thinking")
    if isinstance(thinking, dict) and thinking.get("type") in ("enabled", "adaptive"):
        return {"thinkingBudget": thinking.get("budget_tokens") or _AS_IT_LIKES, "includeThoughts": True}
    effort = "none" if thinking is not None else request.get("reasoning_effort")
    if effort is None:
        return None
    if not isinstance(effort, str) or effort not in _BUDGETS:
        raise unsupported("reasoning_effort", PROVIDER)
    levelled = since_three(request["model"])
    amount = {"thinkingLevel": _LEVELS[effort]} if levelled else {"thinkingBudget": _BUDGETS[effort]}
    return {**amount, "includeThoughts": effort != "none"}
