"""Plain text: paragraphs are what blank lines divide."""

from __future__ import annotations

import re

from colonnade.knowledge.document import Parsed
from colonnade.knowledge.parsers.characters import clean, decode
from colonnade.knowledge.parsers.outline import Outline

_BLANK_LINES = re.compile(r"\n[ \t]*\n+")


def parse_plain(data: bytes) -> Parsed:
    """The paragraphs of a text; it has no title and no headings."""
    outline = Outline()
    for paragraph in _BLANK_LINES.split(clean(decode(data))):
        outline.block(paragraph)
    return outline.parsed()
