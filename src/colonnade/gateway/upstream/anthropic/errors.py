"""Anthropic's errors, with a status or within a stream, mean the same: an event has the meaning of its status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from colonnade.errors import CallError, InvalidRequest
from colonnade.gateway.unreadable import UNREADABLE
from colonnade.gateway.upstream import verdicts
from colonnade.gateway.upstream.anthropic import wire

STATUS_OF: Final[Mapping[str, int]] = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""Error type -> status, as Anthropic documents them (docs/en/api/errors)."""

_TOO_LONG: Final = ("prompt is too long", "input length and `max_tokens` exceed context limit")


def verdict(status: int, headers: Mapping[str, str], body: bytes) -> CallError:
    """The error that answers the call for a status outside 2xx."""
    try:
        refused = wire.refusal(body).error
    except UNREADABLE:
        refused = wire.Error()
    return _too_long(status, refused) or verdicts.verdict(status, headers, body)


def broken_off(error: wire.Error) -> CallError:
    """The error for an event that ends a stream."""
    status = STATUS_OF.get(error.type, 500)
    return _too_long(status, error) or verdicts.verdict(status, {}, msgspec.json.encode({"error": error}))


def said_of(body: bytes) -> CallError | None:
    """The error that a body of status 200 is; None where it is none."""
    try:
        error = wire.refusal(body).error
    except UNREADABLE:
        return None
    return broken_off(error) if error.type else None


def _too_long(status: int, error: wire.Error) -> CallError | None:
    """Clients know a prompt that does not fit by its code; Anthropic says so in words alone."""
    if status != 400 or not error.message.startswith(_TOO_LONG):
        return None
    return InvalidRequest(
        "The request is longer than the model can take.", code="context_length_exceeded", param="messages"
    )
