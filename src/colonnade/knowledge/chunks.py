"""Documents are cut into chunks whose ids depend on nothing but what they say and where they say it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from colonnade.knowledge.document import Block, Document
from colonnade.knowledge.pieces import Piece, pieces
from colonnade.knowledge.tokens import ESTIMATE, TokenCounter

CHUNKER_VERSION = "1"
"""Part of every generation: raise it when the same blocks would be cut otherwise."""

_ID_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of a document. `place` is its headings or page, from the outside in."""

    id: str
    document: str
    document_version: str
    title: str
    place: str
    text: str

    @property
    def embedded(self) -> str:
        """What the models read: the place, then the text, because headings say what a passage is about."""
        return f"{self.place}\n{self.text}" if self.place else self.text


@dataclass(frozen=True, slots=True)
class Chunker:
    """Cuts documents at headings, then between blocks and sentences, into at most `chunk_tokens` each.

    Neighbours within one section share up to `overlap_tokens`. A change in one section leaves the chunks, and so
    the ids, of all others as they were.
    """

    chunk_tokens: int = 220
    overlap_tokens: int = 40
    counter: TokenCounter = ESTIMATE

    @property
    def signature(self) -> str:
        """Everything that decides where cuts fall."""
        return f"{CHUNKER_VERSION}/{self.chunk_tokens}/{self.overlap_tokens}/{self.counter.name}"

    def chunks(self, documents: Iterable[Document]) -> Iterator[Chunk]:
        """The chunks of all documents in order; a passage repeated under one heading of a document comes once."""
        for document in documents:
            seen: set[str] = set()
            for chunk in self._of(document):
                if chunk.id not in seen:
                    seen.add(chunk.id)
                    yield chunk

    def _of(self, document: Document) -> Iterator[Chunk]:
        for path, blocks in groupby(document.blocks, key=lambda block: block.path):
            place = " > ".join(path)
            for text in self._texts(blocks):
                digest = _identity(document.id, path, text)
                yield Chunk(digest, document.id, document.version, document.title, place, text)

    def _texts(self, blocks: Iterable[Block]) -> Iterator[str]:
        held: list[Piece] = []
        for piece in pieces(blocks, self.chunk_tokens, self.counter.count):
            if held and _tokens(held) + piece.tokens > self.chunk_tokens:
                yield _joined(held)
                held = self._overlap(held, piece)
            held.append(piece)
        if held:
            yield _joined(held)

    def _overlap(self, held: list[Piece], following: Piece) -> list[Piece]:
        """The last pieces that fit into the overlap and leave room for what follows; never all of them."""
        room = min(self.overlap_tokens, self.chunk_tokens - following.tokens)
        kept: list[Piece] = []
        for piece in reversed(held[1:]):
            room -= piece.tokens
            if room < 0:
                break
            kept.insert(0, piece)
        return kept


def _tokens(held: list[Piece]) -> int:
    return sum(piece.tokens for piece in held)


def _joined(held: list[Piece]) -> str:
    return held[0].text + "".join(piece.glue + piece.text for piece in held[1:])


def _identity(document: str, path: tuple[str, ...], text: str) -> str:
    """64 bits of SHA-256 in hex: short enough for a header; a million chunks collide with a chance of 3e-8."""
    whole = "\x00".join((document, *path, "", text))
    return hashlib.sha256(whole.encode()).hexdigest()[:_ID_LENGTH]
