"""A generation is one state of the index, known by a digest that is the same on every machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from colonnade.knowledge.document import Document
from colonnade.knowledge.parsers import PARSER_VERSION
from colonnade.knowledge.searchtables import SearchTables
from colonnade.knowledge.tables import Connection

State = Literal["building", "live", "retired"]


@dataclass(frozen=True, slots=True)
class Generation:
    """One row of the table of generations. Times in seconds since the epoch; `rejects` as `path: reason`."""

    number: int
    digest: str
    state: State
    created_at: float
    activated_at: float | None
    documents: int
    chunks: int
    rejects: tuple[str, ...]
    embedding: str


@dataclass(frozen=True, slots=True)
class Switch:
    """The live generation was replaced: `before` is empty at the first build. For the ledger's `Change`."""

    knowledge: str
    before: str
    after: str
    at: float

    @property
    def changed(self) -> bool:
        """False where the generation was live already."""
        return self.before != self.after


def generation_digest(documents: Iterable[Document], chunker: str, embedding: str) -> str:
    """`sha256:...` of the documents' ids and versions, the parsers, the chunker's signature and the model."""
    parts = {
        "documents": sorted([document.id, document.version] for document in documents),
        "parsers": PARSER_VERSION,
        "chunker": chunker,
        "embedding": embedding,
    }
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()


def generations(connection: Connection, knowledge: str) -> list[Generation]:
    """All generations of one knowledge, the most recently live first."""
    rows = connection.execute(
        "SELECT id, digest, state, created_at, activated_at, documents, chunks, rejects, embedding"
        " FROM knowledge_generation WHERE knowledge = ?"
        " ORDER BY activated_at IS NULL, activated_at DESC, id DESC",
        (knowledge,),
    )
    return [_generation(row) for row in rows]


def live_generation(connection: Connection, knowledge: str) -> Generation | None:
    """The generation that answers now."""
    found = [one for one in generations(connection, knowledge) if one.state == "live"]
    return found[0] if found else None


def drop_generation(connection: Connection, number: int) -> None:
    """Remove a generation with its tables and chunks."""
    SearchTables(connection, number).drop()
    connection.execute("DELETE FROM knowledge_chunk WHERE generation = ?", (number,))
    connection.execute("DELETE FROM knowledge_generation WHERE id = ?", (number,))


def _generation(row: tuple[Any, ...]) -> Generation:
    number, digest, state, created_at, activated_at, documents, chunks, rejects, embedding = row
    named = tuple(json.loads(rejects))
    return Generation(number, digest, state, created_at, activated_at, documents, chunks, named, embedding)
