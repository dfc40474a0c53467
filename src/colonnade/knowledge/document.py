"""A document is what was read from one file: its blocks in order, each with the place where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BlockKind = Literal["prose", "lines"]
"""`prose` may be cut between sentences, `lines` (tables, code) only between lines."""

RejectReason = Literal[
    "binary", "broken", "empty", "encrypted", "not_a_file", "outside_folder", "too_large", "undecodable",
    "unreadable", "unreadable_name", "unsupported_format",
]  # fmt: skip

SENTENCES: dict[RejectReason, str] = {
    "binary": "it holds NUL bytes, so it is no text",
    "broken": "it cannot be read as what its name says",
    "empty": "no text was found in it",
    "encrypted": "it needs a password",
    "not_a_file": "it is neither a file nor a folder",
    "outside_folder": "it is a link that leads out of the folder",
    "too_large": "it is over the size limit",
    "undecodable": "it is not UTF-8, and no other encoding is declared",
    "unreadable": "this user may not read it",
    "unreadable_name": "its name is not UTF-8",
    "unsupported_format": "only Markdown, text, HTML and PDF are read",
}
"""What each reason means, for people."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item, table or piece of code. `path` is its headings, or its page, from the outside in."""

    text: str
    path: tuple[str, ...] = ()
    kind: BlockKind = "prose"


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a parser makes of bytes. `title` is empty where the format names none."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One file: `id` is its path relative to the folder, `version` is `sha256:...` of its bytes."""

    id: str
    version: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Reject:
    """One file that was not taken, and why."""

    path: str
    reason: RejectReason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason} ({SENTENCES[self.reason]})"


class Rejected(Exception):
    """A parser does not take these bytes; never leaves this package, it becomes a `Reject`."""

    def __init__(self, reason: RejectReason) -> None:
        super().__init__(reason)
        self.reason: RejectReason = reason
