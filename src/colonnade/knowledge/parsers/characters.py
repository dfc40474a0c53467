"""Bytes become clean text in one way for all formats."""

from __future__ import annotations

import codecs
import re
import unicodedata

from colonnade.knowledge.document import Rejected

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\u200b\u2028\u2029]")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def decode(data: bytes, declared: str = "utf-8") -> str:
    """The text of `data`: by its byte order mark, else as UTF-8, else as `declared`.

    Raises:
        Rejected: `binary` for NUL bytes without a mark, `undecodable` for what no encoding fits.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], encoding)
    if b"\x00" in data:
        raise Rejected("binary")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return _strictly(data, declared)


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        raise Rejected("undecodable") from None


def one_line(text: str) -> str:
    """`text` composed (NFC), without control characters and lone surrogates, every run of blanks one space."""
    return " ".join(clean(text).split())


def clean(text: str) -> str:
    """As `one_line`, but lines and the blanks in them stay."""
    whole = text.encode("utf-8", "replace").decode()
    composed = unicodedata.normalize("NFC", _CONTROL.sub(" ", whole.replace("\r\n", "\n")))
    return "\n".join(line.rstrip() for line in composed.replace("\u00a0", " ").split("\n")).strip("\n")
