"""Every format of documents has one parser here: bytes in, blocks with their headings out."""

from __future__ import annotations

from collections.abc import Callable

from colonnade.knowledge.document import Parsed
from colonnade.knowledge.parsers.html import parse_html
from colonnade.knowledge.parsers.markdown import parse_markdown
from colonnade.knowledge.parsers.pdf import parse_pdf
from colonnade.knowledge.parsers.plain import parse_plain

PARSERS: dict[str, Callable[[bytes], Parsed]] = {
    ".md": parse_markdown,
    ".markdown": parse_markdown,
    ".txt": parse_plain,
    ".text": parse_plain,
    ".html": parse_html,
    ".htm": parse_html,
    ".pdf": parse_pdf,
}
"""Suffix in lower case -> parser; a parser raises `Rejected` and nothing else."""

PARSER_VERSION = "1"
"""Part of every generation: raise it when the same bytes would give other blocks."""
