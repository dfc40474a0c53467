"""HTML: what a reader sees, under the headings where they see it; scripts, navigation and hidden parts are not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from colonnade.knowledge.document import Parsed, Rejected
from colonnade.knowledge.parsers.characters import decode
from colonnade.knowledge.parsers.outline import Outline

_UNSEEN = (
    "script, style, nav, footer, aside, noscript, template, svg, iframe, button, object,"
    ' [hidden], [aria-hidden="true"]'
)
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_INLINE = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img", "ins", "kbd",
    "label", "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "td", "th", "time", "tt", "u",
    "var", "wbr",
})  # fmt: skip
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)


def parse_html(data: bytes) -> Parsed:
    """Headings and blocks of the body; the title is that of the head."""
    declared = _CHARSET.search(data[:4096])
    tree = LexborHTMLParser(decode(data, declared[1].decode() if declared else "utf-8"))
    title = tree.css_first("title")
    outline = Outline(title.text() if title else "")
    _read(tree, outline)
    return outline.parsed()


def visible_text(fragment: str) -> str:
    """The words of a piece of HTML."""
    outline = Outline()
    _read(LexborHTMLParser(fragment), outline)
    try:
        return " ".join(block.text for block in outline.parsed().blocks)
    except Rejected:
        return ""


def _read(tree: LexborHTMLParser, outline: Outline) -> None:
    if tree.body is None:
        return
    words: list[str] = []
    for node, leaving in _walk(tree.body, {node.mem_id for node in tree.css(_UNSEEN)}):
        tag = node.tag or ""
        if node.is_text_node:
            words.append(node.text_content or "")
        elif tag == "pre" and not leaving:
            outline.block("".join(words))
            words = []
        elif tag in ("td", "th") and leaving:
            words.append(" | ")
        elif tag not in _INLINE:
            _end_of_block(tag if leaving else "", "".join(words), outline)
            words = []
    outline.block("".join(words))


def _end_of_block(tag: str, words: str, outline: Outline) -> None:
    if tag in _HEADINGS:
        outline.heading(_HEADINGS[tag], words)
    elif tag == "pre":
        outline.block(words, "lines")
    elif tag == "tr":
        outline.block(words.strip().rstrip("|"), "prose")
    elif tag == "li" and words.strip():
        outline.block("- " + words)
    else:
        outline.block(words)


def _walk(root: LexborNode, unseen: set[int]) -> Iterator[tuple[LexborNode, bool]]:
    """Every seen node on the way in, and again, with True, on the way out; no recursion, so any depth is safe."""
    pending = [(root, False)]
    while pending:
        node, leaving = pending.pop()
        if node.mem_id in unseen:
            continue
        yield node, leaving
        if not leaving and not node.is_text_node:
            pending.append((node, True))
            pending.extend((child, False) for child in reversed(list(node.iter(include_text=True))))
