"""Which fields of a request a kind of upstream cannot do: they are refused or named, never lost silently."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from colonnade.errors import InvalidRequest
from colonnade.gateway.call import Call

DROPPED: Final = b"x-colonnade-dropped-fields"

_OF_PROVIDERS: Final = frozenset({
    "audio", "functions", "function_call", "metadata", "modalities", "prediction", "prompt_cache_key",
    "prompt_cache_retention", "reasoning_effort", "safety_identifier", "service_tier", "store", "user",
    "verbosity", "web_search_options",
})  # fmt: skip
"""Fields of OpenAI's own service (API reference of chat completions) that mean nothing to a bare model."""

UNSUPPORTED: Final[Mapping[str, frozenset[str]]] = {
    "embedded": _OF_PROVIDERS | {"n"},
    "simulator": _OF_PROVIDERS | {"n", "response_format", "logit_bias"},
    "openai_compatible": frozenset(),
}
"""Upstream kind -> fields that it ignores. Fields nobody knows pass through to every kind."""

_NEUTRAL: Final[Mapping[str, Any]] = {
    "modalities": ["text"], "n": 1, "response_format": {"type": "text"}, "service_tier": "auto", "store": False,
}  # fmt: skip
"""Values that ask for nothing: with them a field counts as absent."""


def unsupported(kind: str, request: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields of the request that ask for something which upstreams of `kind` cannot do, in order."""
    asked = UNSUPPORTED.get(kind, frozenset()).intersection(request)
    return tuple(sorted(name for name in asked if not _neutral(name, request[name])))


def _neutral(name: str, value: Any) -> bool:
    return value is None or value in ({}, []) or (name in _NEUTRAL and value == _NEUTRAL[name])


def settled(call: Call, kind: str) -> dict[str, Any]:
    """The request for an upstream of `kind`; what it cannot do is refused, or left out and named in a header.

    Raises:
        InvalidRequest: `unsupported_parameter`, where the route rejects.
    """
    fields = unsupported(kind, call.request)
    if fields and call.route is not None and call.route.unsupported_fields == "reject":
        raise InvalidRequest(
            f"The route '{call.route_name}' cannot do: {', '.join(fields)}.",
            code="unsupported_parameter",
            param=fields[0],
        )
    if fields != call.dropped_fields:
        call.dropped_fields = fields
        call.reply_headers[:] = [header for header in call.reply_headers if header[0] != DROPPED]
        if fields:
            call.reply_headers.append((DROPPED, ",".join(fields).encode()))
            call.decide("attempt", f"dropped {', '.join(fields)}")
    return (
        {name: value for name, value in call.request.items() if name not in fields}
        if fields
        else call.request
    )
