"""A build brings the index to what the folder holds, and embeds only what no earlier build has embedded."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlcipher3 import dbapi2

from colonnade.errors import SetupError
from colonnade.knowledge.chunks import Chunk, Chunker
from colonnade.knowledge.folder import Corpus
from colonnade.knowledge.generation import Switch, generation_digest
from colonnade.knowledge.index import Index
from colonnade.knowledge.interface import Encoder
from colonnade.knowledge.searchtables import SearchTables
from colonnade.knowledge.tables import Connection, transaction
from colonnade.knowledge.vectors import batches, embed, kept_vectors, missing_vectors
from colonnade.store.durable import locked

Progress = Callable[[str, int, int], None]
"""Called with the step (`embed`, `write`), how much is done, and how much there is."""

_ROWS_AT_ONCE = 200  # the store's write lock is shared with the journal: short transactions


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did. `embedded` counts the chunks that met the model; `rejects` are in `corpus`."""

    switch: Switch
    corpus: Corpus
    chunks: int
    embedded: int


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds generations of one index. `lock` is a file beside the store that one build at a time holds: a
    second one would lose its vectors when the first removes those that no generation uses yet.
    """

    index: Index
    chunker: Chunker
    encoder: Encoder
    lock: Path

    def build(self, corpus: Corpus, progress: Progress = lambda *_: None) -> Built:
        """Index `corpus` and switch to it; a generation that is still kept is switched to without work.

        Processes that build the same index wait for each other.

        Raises:
            SetupError: there is no document at all, or the disk is full.
        """
        if not corpus.documents:
            raise SetupError(
                f"the knowledge {self.index.name!r} has no readable document ({len(corpus.rejects)} rejected)"
            )
        try:
            with locked(self.lock):
                self.index.prepare()
                self.index.clear_unfinished()
                return self._build(corpus, progress)
        except dbapi2.OperationalError as error:
            raise SetupError(
                f"the index of the knowledge {self.index.name!r} cannot be written: {error}"
            ) from error

    def _build(self, corpus: Corpus, progress: Progress) -> Built:
        digest = generation_digest(corpus.documents, self.chunker.signature, self.encoder.digest)
        for kept in self.index.generations():
            if kept.digest == digest:
                return Built(self.index.activate(digest), corpus, kept.chunks, 0)
        chunks = list(self.chunker.chunks(corpus.documents))
        embedded = self._embed(chunks, progress)
        number = self._open(digest, corpus, len(chunks))
        self._write(number, chunks, progress)
        switch = self.index.publish(number)
        self.index.prune()
        return Built(switch, corpus, len(chunks), embedded)

    def _embed(self, chunks: Sequence[Chunk], progress: Progress) -> int:
        with self.index.connect() as connection:
            missing = missing_vectors(connection, self.encoder.digest, chunks)
        for done in embed(self.index.connect, self.encoder, missing):
            progress("embed", done, len(missing))
        return len(missing)

    def _open(self, digest: str, corpus: Corpus, chunks: int) -> int:
        rejects = json.dumps([f"{reject.path}: {reject.reason}" for reject in corpus.rejects])
        row = (
            self.index.name, digest, self.index.clock(), len(corpus.documents), chunks, rejects,
            self.chunker.signature, self.encoder.digest, self.encoder.dimensions,
        )  # fmt: skip
        with self.index.connect() as connection, transaction(connection):
            cursor = connection.execute(
                "INSERT INTO knowledge_generation (knowledge, digest, state, created_at, documents, chunks,"
                " rejects, chunker, embedding, dimensions) VALUES (?, ?, 'building', ?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            number = int(cursor.lastrowid)
            SearchTables(connection, number).create(self.encoder.dimensions)
        return number

    def _write(self, number: int, chunks: Sequence[Chunk], progress: Progress) -> None:
        written = 0
        for batch in batches(chunks, _ROWS_AT_ONCE):
            with self.index.connect() as connection, transaction(connection):
                vectors = kept_vectors(connection, self.encoder.digest, batch)
                _insert(connection, number, written + 1, batch, vectors)
            written += len(batch)
            progress("write", written, len(chunks))


def _insert(
    connection: Connection, number: int, first: int, batch: Sequence[Chunk], vectors: dict[str, bytes]
) -> None:
    """Write chunks with their words and vectors; all three tables number a chunk by its ordinal."""
    rows = list(enumerate(batch, start=first))
    connection.executemany(
        "INSERT INTO knowledge_chunk VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (number, at, one.id, one.document, one.document_version, one.title, one.place, one.text)
            for at, one in rows
        ],
    )
    SearchTables(connection, number).add(
        [(at, f"{one.title} {one.place}", one.text) for at, one in rows],
        [(at, vectors[one.id]) for at, one in rows],
    )
