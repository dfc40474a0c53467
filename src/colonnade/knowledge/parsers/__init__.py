"""Every format of documents has one parser here: bytes in, blocks with their headings out.

A parser is loaded when there is something to parse: a gateway that searches what others indexed needs none of them,
and their libraries are 9 MB.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module

from colonnade.knowledge.document import Parsed


def _parse(kind: str, content: bytes) -> Parsed:
    parser: Callable[[bytes], Parsed] = getattr(import_module(f"{__name__}.{kind}"), f"parse_{kind}")
    return parser(content)


PARSERS: dict[str, Callable[[bytes], Parsed]] = {
    ".md": partial(_parse, "markdown"),
    ".markdown": partial(_parse, "markdown"),
    ".txt": partial(_parse, "plain"),
    ".text": partial(_parse, "plain"),
    ".html": partial(_parse, "html"),
    ".htm": partial(_parse, "html"),
    ".pdf": partial(_parse, "pdf"),
}
"""Suffix in lower case -> parser; a parser raises `Rejected` and nothing else."""

PARSER_VERSION = "1"
"""Part of every generation: raise it when the same bytes would give other blocks."""
