"""Cohere's errors: a status, and a sentence that is not passed on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from colonnade.errors import CallError, InvalidRequest, UpstreamFailed
from colonnade.gateway.unreadable import UNREADABLE
from colonnade.gateway.upstream import verdicts
from colonnade.gateway.upstream.cohere import wire

_TOO_LONG: Final = "too many tokens"
_FAILED: Final[Mapping[str, str]] = {"ERROR": "upstream_500", "TIMEOUT": "upstream_504"}


def verdict(status: int, headers: Mapping[str, str], body: bytes) -> CallError:
    """The error that answers the call for a status outside 2xx."""
    sentence = _sentence(body)
    if status == 400 and sentence.startswith(_TOO_LONG):
        return InvalidRequest(
            "The request is longer than the model can take.", code="context_length_exceeded", param="messages"
        )
    return verdicts.verdict(status, headers, body)


def said_of(body: bytes) -> CallError | None:
    """The error that a body of status 200 is; None where it is none."""
    return failed("ERROR") if _sentence(body) else None


def _sentence(body: bytes) -> str:
    try:
        return wire.refusal(body).message
    except UNREADABLE:
        return ""


def failed(finish_reason: str) -> CallError | None:
    """The error that a finish stands for; None where it ends an answer well."""
    code = _FAILED.get(finish_reason)
    return UpstreamFailed("The upstream broke its answer off with an error.", code=code) if code else None
