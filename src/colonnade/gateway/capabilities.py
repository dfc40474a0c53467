"""Which fields of a request a kind of upstream cannot do: they are refused, named or emulated, never lost silently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from colonnade.errors import InvalidRequest
from colonnade.gateway.call import Call, Endpoint
from colonnade.gateway.dialects.extensions import named, plain
from colonnade.gateway.emulation.offer import TOOL_FIELDS
from colonnade.gateway.upstream.anthropic.request import CANNOT as NOT_ANTHROPIC
from colonnade.gateway.upstream.bedrock.request import CANNOT as NOT_BEDROCK
from colonnade.gateway.upstream.cohere.request import CANNOT as NOT_COHERE
from colonnade.gateway.upstream.gemini.request import CANNOT as NOT_GEMINI

DROPPED: Final = b"x-colonnade-dropped-fields"
EMULATED: Final = b"x-colonnade-emulated"

_OF_PROVIDERS: Final = frozenset({
    "audio", "functions", "function_call", "metadata", "modalities", "prediction", "prompt_cache_key",
    "prompt_cache_retention", "reasoning_effort", "safety_identifier", "service_tier", "store", "user",
    "verbosity", "web_search_options",
})  # fmt: skip
"""Fields of OpenAI's own service (API reference of chat completions) that mean nothing to a bare model."""

_OF_THE_CALLER: Final = frozenset({"metadata", "safety_identifier", "store", "user"})
"""Those of them that other endpoints have, too: they say who asks, and what the provider may keep."""

UNSUPPORTED: Final[Mapping[str, frozenset[str]]] = {
    "anthropic": NOT_ANTHROPIC,
    "bedrock": NOT_BEDROCK,
    "cohere": NOT_COHERE,
    "embedded": _OF_PROVIDERS | {"n"} | TOOL_FIELDS,
    "gemini": NOT_GEMINI,
    "openai_compatible": frozenset(),
    "simulator": _OF_PROVIDERS | {"logit_bias", "n"},
}
"""Upstream kind -> fields of chat completions that it cannot do. Fields nobody knows pass through to every kind."""

EMULATING: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {"embedded": {"tools": TOOL_FIELDS}}
"""Upstream kind -> what is emulated there (`gateway/emulation/`), and the fields that belong to it."""

_NEUTRAL: Final[Mapping[str, Any]] = {
    "frequency_penalty": 0, "logprobs": False, "modalities": ["text"], "n": 1, "presence_penalty": 0,
    "response_format": {"type": "text"}, "service_tier": "auto", "store": False, "top_logprobs": 0,
}  # fmt: skip
"""Values that ask for nothing: with them a field counts as absent."""


@dataclass(frozen=True, slots=True)
class Gaps:
    """What a kind of upstream cannot do at an endpoint: `fields` in all, `emulated` what can be emulated of it."""

    fields: frozenset[str]
    emulated: Mapping[str, frozenset[str]]


@cache
def gaps(kind: str, endpoint: Endpoint) -> Gaps:
    """By the tables above; a kind that nobody knows can do everything."""
    fields = UNSUPPORTED.get(kind, frozenset())
    if endpoint == "chat":
        return Gaps(fields, EMULATING.get(kind, {}))
    return Gaps(fields & _OF_THE_CALLER, {})


def unsupported(found: Gaps, request: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields of the request that ask for something which cannot be done, in order."""
    asked = found.fields.intersection(request)
    if not asked:
        return ()
    return tuple(sorted(name for name in asked if not _neutral(name, request[name])))


def _neutral(name: str, value: Any) -> bool:
    return value is None or value in ({}, []) or (name in _NEUTRAL and value == _NEUTRAL[name])


def settled(call: Call, kind: str) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """The request for an upstream of `kind`, and what of it must be emulated.

    What the upstream cannot do is refused, or left out and named in a header, or, where the route says so and it is
    possible, kept to be emulated, and named in another header.

    Raises:
        InvalidRequest: `unsupported_parameter`, where the route rejects.
    """
    request, lost = plain(call, kind)
    found = gaps(kind, call.endpoint)
    fields = unsupported(found, request) + lost
    if not fields and call.attempts <= 1:
        return request, ()
    rule = call.route.unsupported_fields if call.route is not None else "drop_with_header"
    if fields and rule == "reject":
        raise InvalidRequest(
            f"The route '{call.route_name}' cannot do: {', '.join(named(call, fields))}.",
            code="unsupported_parameter",
            param=fields[0],
        )
    emulated = found.emulated if rule == "emulate" else {}
    kept = frozenset[str]().union(*emulated.values())
    dropped = tuple(name for name in fields if name not in kept)
    emulating = tuple(feature for feature, names in emulated.items() if names.intersection(fields))
    _announce(call, dropped, emulating)
    return {name: value for name, value in request.items() if name not in dropped}, emulating


def _announce(call: Call, dropped: tuple[str, ...], emulating: tuple[str, ...]) -> None:
    """Say what was dropped and what is emulated, in place of what an earlier attempt said."""
    call.dropped_fields = dropped
    call.reply_headers[:] = [each for each in call.reply_headers if each[0] not in (DROPPED, EMULATED)]
    for header, names, what in ((DROPPED, dropped, "dropped"), (EMULATED, emulating, "emulates")):
        if names:
            told = named(call, names)
            call.reply_headers.append((header, ",".join(told).encode()))
            call.decide("attempt", f"{what} {', '.join(told)}")
