"""A request for a response is read into a chat request; what cannot be done is refused by the caller's own name."""

from __future__ import annotations

import time
from typing import Any, Final, NoReturn

from colonnade.errors import InvalidRequest
from colonnade.gateway.field_faults import wrong
from colonnade.gateway.responses.asked import Asked
from colonnade.gateway.responses.identifiers import new_response_id
from colonnade.gateway.responses.items import items_of
from colonnade.gateway.responses.messages import check_calls, messages_of
from colonnade.gateway.responses.tools import tool_choice_of, tools_of
from colonnade.gateway.responses.wire import Response

_TAKEN: Final = frozenset({
    "background", "include", "input", "instructions", "max_output_tokens", "max_tool_calls", "metadata",
    "parallel_tool_calls", "previous_response_id", "reasoning", "store", "stream_options", "text", "tool_choice",
    "tools", "top_logprobs", "truncation",
})  # fmt: skip
"""Fields that are translated, kept or answered here; all others travel on under their names."""

_REFUSED: Final = {
    "context_management": "The gateway does not shorten conversations",
    "conversation": "The gateway keeps responses and no conversations: use `previous_response_id`",
    "prompt": "The gateway keeps no prompts of callers: a route has its own",
    "max_completion_tokens": "Responses take `max_output_tokens`",
    "max_tokens": "Responses take `max_output_tokens`",
    "messages": "Responses take `input`",
    "n": "A response is one answer",
    "reasoning_effort": "Responses take `reasoning.effort`",
    "response_format": "Responses take `text.format`",
    "verbosity": "Responses take `text.verbosity`",
}

_LOGPROBS: Final = "message.output_text.logprobs"
_SEALED_REASONING: Final = "reasoning.encrypted_content"
_INCLUDES: Final = frozenset({
    "code_interpreter_call.outputs", "computer_call_output.output.image_url", "file_search_call.results",
    "message.input_image.image_url", _LOGPROBS, _SEALED_REASONING, "web_search_call.action.sources",
    "web_search_call.results",
})  # fmt: skip


def read_request(given: dict[str, Any]) -> tuple[dict[str, Any], Asked]:
    """The chat request, and what the answer must repeat.

    Raises:
        InvalidRequest: a field of a wrong shape, or one that asks for what the gateway cannot do.
    """
    _refuse(given)
    response = _response(given)
    items = items_of(given.get("input"), response.id)
    asked = Asked(
        response=response,
        items=items,
        instructions=response.instructions,
        store=_boolean(given, "store"),
        left_out=_left_out(given),
    )
    known = [item for item in items if item["type"] != "item_reference"]
    request = {name: value for name, value in given.items() if name not in _TAKEN and value is not None}
    request["messages"] = messages_of(asked.instructions, known)
    if not asked.continues:
        check_calls(known)
    return {**request, **_tools(given), **_form(given), **_settings(given)}, asked


def _refuse(given: dict[str, Any]) -> None:
    for name, why in _REFUSED.items():
        if given.get(name) is not None:
            _unsupported(name, why)
    if _boolean(given, "background"):
        _unsupported("background", "Responses are made while the caller waits")
    if given.get("truncation") not in (None, "disabled"):
        _unsupported("truncation", "The gateway does not shorten conversations: it takes `disabled`")


def _response(given: dict[str, Any]) -> Response:
    text, reasoning = _object(given, "text"), _object(given, "reasoning")
    return Response(
        id=new_response_id(),
        created_at=int(time.time()),
        instructions=_text(given, "instructions"),
        max_output_tokens=given.get("max_output_tokens"),
        max_tool_calls=given.get("max_tool_calls"),
        metadata=_metadata(given),
        model=str(given.get("model")),
        parallel_tool_calls=_boolean(given, "parallel_tool_calls") is not False,
        previous_response_id=_text(given, "previous_response_id"),
        prompt_cache_key=given.get("prompt_cache_key"),
        reasoning={"effort": reasoning.get("effort"), "summary": reasoning.get("summary")},
        safety_identifier=given.get("safety_identifier"),
        service_tier=given.get("service_tier"),
        store=False,
        temperature=given.get("temperature"),
        text={**text, "format": text.get("format") or {"type": "text"}},
        tool_choice=given.get("tool_choice") or "auto",
        tools=given.get("tools") or [],
        top_logprobs=given.get("top_logprobs"),
        top_p=given.get("top_p"),
        truncation="disabled",
        user=given.get("user"),
    )


def _tools(given: dict[str, Any]) -> dict[str, Any]:
    tools = tools_of(given.get("tools"))
    choice = tool_choice_of(given.get("tool_choice"), has_tools=bool(tools))
    request: dict[str, Any] = {} if choice is None else {"tool_choice": choice}
    if tools:
        request["tools"] = tools
        if given.get("parallel_tool_calls") is not None:
            request["parallel_tool_calls"] = given["parallel_tool_calls"]
    return request


def _form(given: dict[str, Any]) -> dict[str, Any]:
    """Chat's `response_format` and `verbosity`."""
    text = _object(given, "text")
    _only(text, "text", {"format", "verbosity"})
    asked = {"verbosity": text.get("verbosity"), "response_format": _format(_object(text, "format", "text."))}
    return {name: value for name, value in asked.items() if value is not None}


def _format(form: dict[str, Any]) -> dict[str, Any] | None:
    kind = form.get("type", "text")
    if kind not in ("text", "json_object", "json_schema"):
        wrong("text.format.type", "`text`, `json_object` or `json_schema`")
    if kind == "text":
        return None
    if kind == "json_object":
        return {"type": kind}
    schema = {name: value for name, value in form.items() if name != "type" and value is not None}
    return {"type": kind, "json_schema": schema}


def _settings(given: dict[str, Any]) -> dict[str, Any]:
    reasoning = _object(given, "reasoning")
    _only(reasoning, "reasoning", {"effort", "summary", "generate_summary"})
    request: dict[str, Any] = {}
    if reasoning.get("effort") is not None:
        request["reasoning_effort"] = reasoning["effort"]
    if given.get("max_output_tokens") is not None:
        request["max_completion_tokens"] = given["max_output_tokens"]
    if given.get("top_logprobs") is not None:
        request["top_logprobs"] = given["top_logprobs"]
    if request.get("top_logprobs") or _LOGPROBS in _included(given):
        request["logprobs"] = True
    return request


def _left_out(given: dict[str, Any]) -> tuple[str, ...]:
    """What clients ask for as a matter of course and can do without; the answer's header names it."""
    obfuscated = _object(given, "stream_options").get("include_obfuscation")
    wanted = {_SEALED_REASONING: _SEALED_REASONING in _included(given), "stream_options": obfuscated is True}
    return tuple(name for name, asked in wanted.items() if asked)


def _included(given: dict[str, Any]) -> list[str]:
    include = given.get("include") or []
    if not isinstance(include, list):
        wrong("include", "an array")
    for place, name in enumerate(include):
        if not isinstance(name, str) or name not in _INCLUDES:
            wrong(f"include[{place}]", "something that responses can include")
    return include


def _metadata(given: dict[str, Any]) -> dict[str, str]:
    metadata = _object(given, "metadata")
    if not all(isinstance(value, str) for value in metadata.values()):
        wrong("metadata", "an object of strings")
    return metadata


def _object(given: dict[str, Any], name: str, within: str = "") -> dict[str, Any]:
    value = given.get(name)
    if not isinstance(value, dict | None):
        wrong(within + name, "an object")
    return value or {}


def _only(given: dict[str, Any], name: str, known: set[str]) -> None:
    for field in given:
        if field not in known:
            _unsupported(f"{name}.{field}", "The gateway does not know this field")


def _text(given: dict[str, Any], name: str) -> str | None:
    value = given.get(name)
    if not isinstance(value, str | None):
        wrong(name, "a string")
    return value


def _boolean(given: dict[str, Any], name: str) -> bool | None:
    value = given.get(name)
    if not isinstance(value, bool | None):
        wrong(name, "a boolean")
    return value


def _unsupported(param: str, why: str) -> NoReturn:
    raise InvalidRequest(f"{why}.", code="unsupported_parameter", param=param)
