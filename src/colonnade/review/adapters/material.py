"""Material is a file as it was given, bounded in size, and its JSON or YAML bounded in depth and number of values."""

from __future__ import annotations

import hashlib
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colonnade.review.adapters.bounded import Unreadable, json_value, text_of, yaml_values

__all__ = ["LONGEST_WORD", "Material", "Unreadable", "plain"]

LONGEST_WORD = 240
"""Characters of a name or sentence from evidence that are kept."""


@dataclass(frozen=True, slots=True)
class Material:
    """One file: `name` relative to what was given, its bytes, and the place it was read from."""

    name: str
    data: bytes
    path: Path

    @property
    def digest(self) -> str:
        """`sha256:...` of the bytes."""
        return "sha256:" + hashlib.sha256(self.data).hexdigest()

    def text(self) -> str:
        """The characters: UTF-8, or UTF-16 where a byte order mark says so. Raises Unreadable."""
        return text_of(self.data)

    def json(self) -> Any:
        """The one JSON value of the file. Raises Unreadable."""
        return json_value(self.data)

    def yaml(self) -> list[Any]:
        """Every document of a YAML file, empty ones left out; JSON is YAML, too. Raises Unreadable."""
        if self.data.lstrip()[:1] in (b"{", b"["):  # JSON is read a hundred times faster as what it is
            with suppress(Unreadable):
                return [self.json()]
        return yaml_values(self.data)


def plain(value: object, longest: int = LONGEST_WORD) -> str:
    """A word of evidence as it may be kept and shown: one line, no control characters, not longer than `longest`.

    What is no text, number or truth value gives the empty text.
    """
    if not isinstance(value, str | int | float):
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if len(text) <= longest and text.isprintable():
        return text.strip()
    text = text[: longest + 1]
    kept = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in text).strip()
    return kept if len(text) <= longest else kept[: longest - 1] + "…"
