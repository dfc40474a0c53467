"""Cohere's errors: a status, and a sentence that is not passed on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from colonnade.errors import CallError, InvalidRequest, UpstreamFailed
from colonnade.gateway.upstream import verdicts
from colonnade.gateway.upstream.cohere import wire

_TOO_LONG: Final = "too many tokens"
_FAILED: Final[Mapping[str, str]] = {"ERROR": "upstream_500", "TIMEOUT": "upstream_504"}


def verdict(status: int, headers: Mapping[str, str], body: bytes) -> CallError:
    """The error that answers the call for a status outside 2xx."""
    try:
        sentence = wire.refusal(body).message
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        sentence = ""
    if status == 400 and sentence.startswith(_TOO_LONG):
        return InvalidRequest(
            "The request is longer than the model can take.", code="context_length_exceeded", param="messages"
        )
    return verdicts.verdict(status, headers, body)


def failed(finish_reason: str) -> CallError | None:
    """The error that a finish stands for; None where it ends an answer well."""
    code = _FAILED.get(finish_reason)
    return UpstreamFailed("The upstream broke its answer off with an error.", code=code) if code else None
