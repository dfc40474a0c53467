"""Markdown: CommonMark with tables; headings become the path of what stands below them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from colonnade.knowledge.document import Parsed, Rejected
from colonnade.knowledge.parsers.characters import decode
from colonnade.knowledge.parsers.html import visible_text
from colonnade.knowledge.parsers.outline import Outline

_FRONT_MATTER = re.compile(r"\A---\n.*?\n(?:---|\.\.\.)(?:\n|\Z)", re.DOTALL)
_READER = MarkdownIt("commonmark").enable("table")
_BREAKS = ("softbreak", "hardbreak")


def parse_markdown(data: bytes) -> Parsed:
    """Headings, paragraphs, list items, tables and code; front matter is left out, HTML keeps its words."""
    source = _FRONT_MATTER.sub("", decode(data).replace("\r\n", "\n"), count=1)
    try:
        tokens = _READER.parse(source)
    except RecursionError:
        raise Rejected("broken") from None
    outline = Outline()
    stream = iter(tokens)
    item_depth = 0
    for token in stream:
        item_depth += token.nesting if token.type.startswith("list_item") else 0
        _take(token, stream, outline, "- " if item_depth else "")
    return outline.parsed()


def _take(token: Token, stream: Iterator[Token], outline: Outline, bullet: str) -> None:
    if token.type == "heading_open":
        outline.heading(int(token.tag[1]), _words(next(stream)))
    elif token.type == "table_open":
        outline.block("\n".join(_rows(stream)), "lines")
    elif token.type in ("fence", "code_block"):
        outline.block(token.content, "lines")
    elif token.type == "html_block":
        outline.block(visible_text(token.content))
    elif token.type == "inline" and (words := _words(token)).strip():
        outline.block(bullet + words)


def _rows(stream: Iterator[Token]) -> Iterator[str]:
    """The rows of the table that was just opened, cells divided by bars, up to its end."""
    cells: list[str] = []
    for token in stream:
        if token.type == "table_close":
            return
        if token.type == "inline":
            cells.append(_words(token))
        elif token.type == "tr_close":
            yield " | ".join(cells)
            cells = []


def _words(inline: Token) -> str:
    """The words of an inline token: no marks of emphasis, links by their text, images by their description."""
    return "".join(
        " " if child.type in _BREAKS else "" if child.type == "html_inline" else child.content
        for child in inline.children or []
    )
