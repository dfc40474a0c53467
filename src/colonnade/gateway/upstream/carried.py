"""What a wire cannot carry is refused by name: nothing that a caller asked for is lost silently."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from colonnade.errors import InvalidRequest

NEUTRAL: Final[Mapping[str, Any]] = {
    "frequency_penalty": 0, "logprobs": False, "modalities": ["text"], "n": 1, "parallel_tool_calls": True,
    "presence_penalty": 0, "response_format": {"type": "text"}, "service_tier": "auto", "store": False,
    "top_logprobs": 0,
}  # fmt: skip
"""Values that ask for nothing."""


def refuse_fields(request: Mapping[str, Any], cannot: frozenset[str], provider: str) -> None:
    """Refuse a request with a field of `cannot` that asks for something.

    Raises:
        InvalidRequest: `unsupported_parameter`, naming the first of them.
    """
    for name in sorted(cannot.intersection(request)):
        if asks(name, request[name]):
            raise unsupported(name, provider)


def asks(name: str, value: Any) -> bool:
    """Whether the field asks for something with this value."""
    return value is not None and value not in ({}, []) and not (name in NEUTRAL and value == NEUTRAL[name])


def unsupported(param: str, provider: str) -> InvalidRequest:
    """The error for a part of a request that a provider's wire cannot carry."""
    return InvalidRequest(
        f"{provider} cannot take `{param}` as it stands here.", code="unsupported_parameter", param=param
    )
