"""Entries and records lie in pages of JSON Lines: a damaged page costs no more than itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import msgspec

from colonnade.evidence.chain import Entry
from colonnade.review.bundle.manifest import LARGEST_MEMBER, Member, page_name
from colonnade.review.bundle.zstandard import packed

LINES = 500
"""Of one page at most."""
FULL = LARGEST_MEMBER // 8
"""Bytes at which a page is full, however few lines it has."""


class EntryLine(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """An entry of the ledger on one line; digests in base64."""

    seq: int
    kind: str
    ref: str
    at: float
    digest: bytes
    chain: bytes

    @property
    def entry(self) -> Entry:
        """As the chain is walked."""
        return Entry(self.seq, self.kind, self.ref, self.at, self.digest, self.chain)


decode_entry = msgspec.json.Decoder(EntryLine).decode


def entry_line(entry: Entry) -> bytes:
    """One line, without its end."""
    return msgspec.json.encode(EntryLine(*entry))


def member(name: str, content: bytes, count: int = 0) -> tuple[Member, bytes]:
    """A member as it is told and as it lies in the file."""
    data = packed(content)
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    told = Member(name=name, size=len(data), digest=digest, content_size=len(content), count=count)
    return told, data


def pages(folder: str, lines: Iterable[bytes]) -> Iterator[tuple[Member, bytes]]:
    """The members that carry these lines, in order."""
    for number, page in enumerate(_portions(lines), start=1):
        yield member(page_name(folder, number), b"".join(line + b"\n" for line in page), len(page))


def lines_of(content: bytes) -> list[bytes]:
    """The lines of a page."""
    return content.split(b"\n")[:-1]


def _portions(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    page: list[bytes] = []
    size = 0
    for line in lines:
        page.append(line)
        size += len(line)
        if len(page) == LINES or size >= FULL:
            yield page
            page, size = [], 0
    if page:
        yield page
