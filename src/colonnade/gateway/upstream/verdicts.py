"""What an upstream's HTTP status means for a call; the upstream's own words are not passed on."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from colonnade.errors import CallError, InvalidRequest, UpstreamFailed, UpstreamLimited

_BLAMES_THE_REQUEST = {400, 413, 415, 422}
_IDENTIFIER = re.compile(r"[A-Za-z0-9_.\-\[\]]{1,80}")
_LONGEST_RETRY_AFTER_S = 3600.0
_DIGITS = 3
_STATUS_OF = {
    "authentication_error": 401, "insufficient_quota": 429, "invalid_request_error": 400, "not_found_error": 404,
    "overloaded_error": 529, "permission_error": 403, "rate_limit_error": 429, "rate_limit_exceeded": 429,
}  # fmt: skip
"""Type or code of an error -> the status that it usually comes with."""


class Detail(msgspec.Struct):
    """The part of OpenAI's error object that may be passed on."""

    code: str | int | None = None
    type: str | None = None
    param: str | None = None


class Refusal(msgspec.Struct):
    """An error body."""

    error: Detail | str | None = None


_decode = msgspec.json.Decoder(Refusal).decode


def verdict(status: int, headers: Mapping[str, str], body: bytes) -> CallError:
    """The error that answers the call for a status outside 2xx."""
    detail = _detail(body)
    code = _identifier(detail.code) or _identifier(detail.type)
    if status == 429:
        return UpstreamLimited(
            "The upstream limits its callers.",
            code=code or "upstream_rate_limit",
            retry_after_s=_retry_after(headers),
        )
    if status in _BLAMES_THE_REQUEST:
        return InvalidRequest(
            "The upstream refused the request as invalid.",
            code=code or "upstream_invalid_request",
            param=_identifier(detail.param),
        )
    return UpstreamFailed(f"The upstream answered with status {status}.", code=f"upstream_{status}")


def told(error: bytes) -> CallError:
    """The error that an answer with status 200 names in its field `error`.

    Some who pass requests on to others answer so, with the status in `code`; else the type tells it.
    """
    detail = _detail(b'{"error":%b}' % error)
    status = _status(detail.code) or _STATUS_OF.get(str(detail.type)) or _STATUS_OF.get(str(detail.code))
    if status is None:
        return UpstreamFailed("The upstream answered with an error.", code="upstream_error")
    return verdict(status, {}, b'{"error":%b}' % error)


def _status(code: str | int | None) -> int | None:
    number = int(code) if str(code).isdigit() and len(str(code)) == _DIGITS else 0  # type: ignore[arg-type] # digits
    return number if 400 <= number < 600 else None


def _detail(body: bytes) -> Detail:
    try:
        refusal = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Detail()
    return refusal.error if isinstance(refusal.error, Detail) else Detail()


def _identifier(word: str | int | None) -> str | None:
    """The word if it looks like a name; a sentence might quote the prompt, and a number repeats the status."""
    text = str(word) if word is not None else ""
    return text if _IDENTIFIER.fullmatch(text) and not text.isdigit() else None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the upstream wishes to be left alone; dates are not read."""
    try:
        seconds = float(headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if 0.0 <= seconds <= _LONGEST_RETRY_AFTER_S else None
