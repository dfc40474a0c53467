"""Google's errors, with a status or within a stream, mean the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from colonnade.errors import CallError, InvalidRequest, UpstreamFailed, UpstreamLimited
from colonnade.gateway.upstream import verdicts
from colonnade.gateway.upstream.gemini import wire

_TOO_LONG: Final = re.compile(r"The input token count|.*exceeds the maximum number of tokens", re.DOTALL)
_SECONDS: Final = re.compile(r"(\d{1,4}(?:\.\d+)?)s")


def verdict(status: int, headers: Mapping[str, str], body: bytes) -> CallError:
    """The error that answers the call for a status outside 2xx."""
    return _meaning(status, _error(body), headers)


def broken_off(error: wire.Error) -> CallError:
    """The error for an event that ends a stream."""
    return _meaning(error.code or 500, error, {})


def _error(body: bytes) -> wire.Error:
    """The error object; streams of some versions come as an array with one."""
    try:
        refused: wire.Refusal | list[wire.Refusal] = wire.refusal(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return wire.Error()
    if isinstance(refused, list):
        return refused[0].error if refused else wire.Error()
    return refused.error


def _meaning(status: int, error: wire.Error, headers: Mapping[str, str]) -> CallError:
    if status == 429:
        return _limited(error, headers)
    if status == 400:
        return _blamed(error)
    return verdicts.verdict(status, headers, b"")


def _limited(error: wire.Error, headers: Mapping[str, str]) -> UpstreamLimited:
    """A quota of the day is used up: waiting for the named seconds does not help."""
    wishes = [_SECONDS.fullmatch(detail.retry_delay) for detail in error.details]
    named = next((float(wish[1]) for wish in wishes if wish), None)
    spent = any("PerDay" in each.quota_id for detail in error.details for each in detail.violations)
    wished = getattr(verdicts.verdict(429, headers, b""), "retry_after_s", None)
    return UpstreamLimited(
        "The upstream limits its callers.",
        code="insufficient_quota" if spent else "rate_limit_exceeded",
        retry_after_s=named if wished is None else wished,
    )


def _blamed(error: wire.Error) -> CallError:
    """Google answers 400 for a wrong key and a missing bill, too; neither is the caller's fault."""
    keys = any(detail.reason.startswith("API_KEY") for detail in error.details)
    if keys or error.status not in {"INVALID_ARGUMENT", ""}:
        return UpstreamFailed("The upstream answered with status 400.", code="upstream_400")
    if _TOO_LONG.match(error.message):
        return InvalidRequest(
            "The request is longer than the model can take.", code="context_length_exceeded", param="messages"
        )
    return InvalidRequest("The upstream refused the request as invalid.", code="invalid_argument")
