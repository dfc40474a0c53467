"""How the gateway says that a field of a request is missing or wrong, in one place."""

from __future__ import annotations

from typing import Any, Final, NoReturn

from colonnade.errors import InvalidRequest

_MOST_DIGITS = 9

MOST_CHOICES: Final = 128
"""Choices of one chat answer (OpenAI, API reference of chat completions and completions)."""
MOST_PICTURES: Final = 10
"""Pictures of one request (OpenAI, API reference of images)."""


def missing(param: str) -> NoReturn:
    """The field is required and not there."""
    raise InvalidRequest(f"The field '{param}' is missing.", code="missing_required_parameter", param=param)


def wrong(param: str, wanted: str) -> NoReturn:
    """The field is there and of a wrong type or form."""
    raise InvalidRequest(f"The field '{param}' must be {wanted}.", code="invalid_type", param=param)


def text_of(request: dict[str, Any], param: str) -> str:
    """A required text that is not empty."""
    given = request.get(param)
    if given is None:
        missing(param)
    if not isinstance(given, str) or not given:
        wrong(param, "a string that is not empty")
    return given


def positive(value: Any, most: int | None = None) -> bool:
    """A whole number of at least 1, and of at most `most`; `true` is no number."""
    return type(value) is int and value >= 1 and (most is None or value <= most)


def choices(value: Any) -> bool:
    """How many choices a chat answer may have."""
    return positive(value, MOST_CHOICES)


def written_number(text: str) -> int | None:
    """The whole number that the text writes in at most nine digits; longer ones cost time and mean nothing here."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def texts(given: Any) -> bool:
    """A text or a list of texts, none of them empty."""
    if isinstance(given, list):
        return bool(given) and all(isinstance(text, str) and text for text in given)
    return isinstance(given, str) and given != ""
