"""Bedrock's exceptions, with a status or within a stream, mean the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from colonnade.errors import CallError, InvalidRequest, UpstreamFailed, UpstreamLimited
from colonnade.gateway.unreadable import UNREADABLE
from colonnade.gateway.upstream import verdicts
from colonnade.gateway.upstream.bedrock import wire

STATUS_OF: Final[Mapping[str, int]] = {
    "accessdenied": 403, "internalserver": 500, "modelerror": 424, "modelnotready": 429, "modelstreamerror": 424,
    "modeltimeout": 408, "resourcenotfound": 404, "servicequotaexceeded": 400, "serviceunavailable": 503,
    "throttling": 429, "validation": 400,
}  # fmt: skip
"""Exception without that word -> status, as the API describes them."""

_TOO_LONG: Final = re.compile(
    r"(input|prompt) is too long|maximum context length|too many (input )?tokens|context window",
    re.IGNORECASE,
)
_NO_MODEL: Final = re.compile(r"model identifier|invocation of model id", re.IGNORECASE)


def verdict(status: int, headers: Mapping[str, str], body: bytes) -> CallError:
    """The error that answers the call for a status outside 2xx."""
    try:
        refused = wire.refusal(body)
    except UNREADABLE:
        refused = wire.Refusal()
    kind = headers.get("x-amzn-errortype", "") or refused.type
    return _meaning(status, kind, refused.message, headers)


def broken_off(kind: str, message: str) -> CallError:
    """The error for an exception that ends a stream."""
    return _meaning(STATUS_OF.get(_stem(kind), 500), kind, message, {})


def said_of(body: bytes) -> CallError | None:
    """The exception that a body of status 200 is; None where it is none."""
    try:
        refused = wire.refusal(body)
    except UNREADABLE:
        return None
    return broken_off(refused.type, refused.message) if refused.message or refused.type else None


def _stem(kind: str) -> str:
    """`ThrottlingException:http://...` and `throttlingException` are both `throttling`."""
    return kind.partition(":")[0].rpartition("#")[2].lower().removesuffix("exception")


def _meaning(status: int, kind: str, message: str, headers: Mapping[str, str]) -> CallError:
    stem = _stem(kind)
    if status == 429 or stem == "servicequotaexceeded":
        spent = stem == "servicequotaexceeded" or "per day" in message
        found = verdicts.verdict(429, headers, b"")
        return UpstreamLimited(
            found.message,
            code="insufficient_quota" if spent else "rate_limit_exceeded",
            retry_after_s=found.retry_after_s,
        )
    if status == 400:
        return _blamed(stem, message)
    return verdicts.verdict(status, headers, b"")


def _blamed(stem: str, message: str) -> CallError:
    """A model id that Bedrock does not know is the workload's fault, not the caller's."""
    if stem not in {"validation", ""} or _NO_MODEL.search(message):
        return UpstreamFailed("The upstream answered with status 400.", code="upstream_400")
    if _TOO_LONG.search(message):
        return InvalidRequest(
            "The request is longer than the model can take.", code="context_length_exceeded", param="messages"
        )
    return InvalidRequest("The upstream refused the request as invalid.", code="upstream_invalid_request")
