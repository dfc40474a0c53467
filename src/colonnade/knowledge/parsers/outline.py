"""Headings nest by their level; a block's path is the headings that are open where it stands."""

from __future__ import annotations

from colonnade.knowledge.document import Block, BlockKind, Parsed, Rejected
from colonnade.knowledge.parsers.characters import clean, one_line


class Outline:
    """Collects headings and blocks in reading order."""

    def __init__(self, title: str = "") -> None:
        self._title = one_line(title)
        self._open: list[tuple[int, str]] = []
        self._blocks: list[Block] = []

    def heading(self, level: int, text: str) -> None:
        """Open a heading; those of the same or a deeper level end here."""
        words = one_line(text)
        if not words:
            return
        self._open = [(at, name) for at, name in self._open if at < level] + [(level, words)]
        if not self._title and level == 1:
            self._title = words

    def block(self, text: str, kind: BlockKind = "prose") -> None:
        """Add a block under the open headings; one without words is left out."""
        words = one_line(text) if kind == "prose" else clean(text)
        if words.strip():
            self._blocks.append(Block(words, tuple(name for _, name in self._open), kind))

    def parsed(self) -> Parsed:
        """What was collected.

        Raises:
            Rejected: `empty` where there is no block.
        """
        if not self._blocks:
            raise Rejected("empty")
        return Parsed(self._title, tuple(self._blocks))
