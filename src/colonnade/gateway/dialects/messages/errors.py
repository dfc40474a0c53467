"""Errors have Anthropic's shape, with the error type that belongs to their status.

`error.details` carries what Anthropic's shape has no other place for: the stable code and the caller's own field.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from colonnade.errors import CallError
from colonnade.gateway.dialects.messages.names import callers_name

_TYPES: Final[Mapping[int, str]] = {
    400: "invalid_request_error", 401: "authentication_error", 402: "billing_error", 403: "permission_error",
    404: "not_found_error", 413: "request_too_large", 429: "rate_limit_error", 500: "api_error", 502: "api_error",
    503: "overloaded_error", 504: "timeout_error", 529: "overloaded_error",
}  # fmt: skip
"""Status -> type, as Anthropic documents them (docs/en/api/errors); it answers 529 where the gateway says 503."""


def error_body(error: CallError, request_id: str) -> bytes:
    """The JSON body that answers a call with `error`."""
    other = "api_error" if error.status >= 500 else "invalid_request_error"
    told: dict[str, Any] = {"type": _TYPES.get(error.status, other), "message": error.message}
    if error.code is not None:
        told["details"] = {"error_code": error.code}
        if error.param is not None:
            told["details"]["param"] = callers_name(error.param)
    return msgspec.json.encode({"type": "error", "error": told, "request_id": request_id or None})


def error_event(error: CallError, request_id: str) -> bytes:
    """The event that ends a stream with `error`; no `message_stop` follows it."""
    return b"event: error\ndata: " + error_body(error, request_id) + b"\n\n"
