"""Plain YAML scalars mean what the YAML 1.2 core schema says, and nothing more: `no` is text, `1_000` is text."""

from __future__ import annotations

import re

Scalar = bool | int | float | str | None

_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?([0-9]{1,18}(\.[0-9]{0,18})?|\.[0-9]{1,18})([eE][-+]?[0-9]{1,2})?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")


def plain(text: str) -> Scalar:
    """The value of an unquoted scalar.

    Narrower than YAML 1.2 where the wider reading only hides mistakes: octal, hexadecimal, leading zeros,
    infinities, dates and numbers beyond 18 digits stay text, so that a field wanting a number can say so.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text) and not _LEADING_ZERO.fullmatch(text):
        return float(text)
    return text
