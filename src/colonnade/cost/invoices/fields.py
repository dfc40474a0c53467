"""A field of an export is money, a count, a moment or a name within sane limits, or its line is rejected with a reason."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

DAY_S = 86_400.0
_MOST_USD = Decimal(1_000_000_000)
_MOST_TOKENS = 10**15
_FIRST, _LAST = (datetime(year, 1, 1, tzinfo=UTC).timestamp() for year in (2015, 2100))
_LONGEST_S = 400 * DAY_S
_LONGEST_NAME = 200
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Unreadable(ValueError):
    """A line cannot be read; the message says which field, and why."""


def money(field: str, text: str, *, negative: bool = False) -> Decimal:
    """US dollars."""
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        raise Unreadable(f"{field} is no number") from None
    if not found.is_finite() or abs(found) > _MOST_USD:
        raise Unreadable(f"{field} is no sum that anybody is billed")
    if found < 0 and not negative:
        raise Unreadable(f"{field} is negative")
    return found


def count(field: str, text: str) -> int:
    """Tokens; an empty field counts none."""
    written = text.strip() or "0"
    if not (written.isascii() and written.isdigit()) or len(written) > len(str(_MOST_TOKENS)):
        raise Unreadable(f"{field} is no count")
    return int(written)


def dollars_only(field: str, text: str) -> None:
    """Refuse any other currency: a rate of exchange would be an invention."""
    if text.strip().upper() != "USD":
        raise Unreadable(f"{field} is not USD: only US dollars are compared")


def moment(field: str, text: str) -> float:
    """Seconds since the epoch, from such a number or an ISO 8601 date or time; without a zone it is UTC."""
    written = text.strip()
    try:
        if written.isascii() and written.isdigit():
            found = float(written)
        else:
            parsed = datetime.fromisoformat(written)
            found = (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise Unreadable(f"{field} is no date or time") from None
    if not _FIRST <= found <= _LAST:
        raise Unreadable(f"{field} lies outside the years 2015 to 2100")
    return found


def period(start_field: str, start: str, end_field: str, end: str) -> tuple[float, float]:
    """A stretch of time that has a length, of 400 days at most."""
    began, ended = moment(start_field, start), moment(end_field, end)
    if not 0 < ended - began <= _LONGEST_S:
        raise Unreadable(f"{end_field} does not follow {start_field} within 400 days")
    return began, ended


def day(field: str, text: str) -> tuple[float, float]:
    """The UTC day or hour that a date, or a time, begins."""
    began = moment(field, text)
    whole = _DAY.fullmatch(text.strip()) is not None
    return began, began + (DAY_S if whole else timedelta(hours=1).total_seconds())


def name(field: str, text: str) -> str:
    """A name that a person can read on a terminal."""
    written = text.strip()
    if len(written) > _LONGEST_NAME or not written.isprintable():
        raise Unreadable(f"{field} is no name")
    return written
