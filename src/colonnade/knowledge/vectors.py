"""A vector is computed once: it is kept by the chunk's id and the model's digest, and outlives generations."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from itertools import islice

from colonnade.errors import SetupError
from colonnade.knowledge.chunks import Chunk
from colonnade.knowledge.interface import Encoder
from colonnade.knowledge.tables import Connect, Connection, transaction

BATCH = 32


def packed(vector: Sequence[float], dimensions: int) -> bytes:
    """`vector` as little-endian float32, as sqlite-vec stores it.

    Raises:
        SetupError: the encoder gave a vector of another length.
    """
    if len(vector) != dimensions:
        raise SetupError(f"the embedding model gave {len(vector)} dimensions where it promises {dimensions}")
    return struct.pack(f"<{dimensions}f", *vector)


def missing_vectors(connection: Connection, embedding: str, chunks: Sequence[Chunk]) -> list[Chunk]:
    """The chunks whose vector by this model is not kept yet."""
    rows = connection.execute("SELECT chunk FROM knowledge_vector WHERE embedding = ?", (embedding,))
    known = {row[0] for row in rows}
    return [chunk for chunk in chunks if chunk.id not in known]


def kept_vectors(connection: Connection, embedding: str, chunks: Sequence[Chunk]) -> dict[str, bytes]:
    """The vectors that are kept, by chunk id."""
    rows = connection.execute(
        "SELECT chunk, vector FROM knowledge_vector WHERE embedding = ?"
        " AND chunk IN (SELECT value FROM json_each(?))",
        (embedding, json.dumps([chunk.id for chunk in chunks])),
    )
    return dict(rows.fetchall())


def embed(connect: Connect, encoder: Encoder, chunks: Sequence[Chunk]) -> Iterator[int]:
    """Compute and keep the vectors of `chunks`; yields how many are done after each batch.

    Each batch is committed, so that a build which is broken off goes on where it stopped.
    """
    done = 0
    for batch in batches(chunks, BATCH):
        vectors = encoder.encode([chunk.embedded for chunk in batch])
        rows = [
            (encoder.digest, chunk.id, packed(vector, encoder.dimensions))
            for chunk, vector in zip(batch, vectors, strict=True)
        ]
        with connect() as connection, transaction(connection):
            connection.executemany("INSERT OR REPLACE INTO knowledge_vector VALUES (?, ?, ?)", rows)
        done += len(batch)
        yield done


def forget_unused(connection: Connection) -> None:
    """Remove the vectors of chunks that no kept generation holds."""
    connection.execute(
        "DELETE FROM knowledge_vector WHERE (embedding, chunk) NOT IN"
        " (SELECT generation.embedding, chunk.id FROM knowledge_chunk AS chunk"
        " JOIN knowledge_generation AS generation ON generation.id = chunk.generation)"
    )


def batches(chunks: Sequence[Chunk], size: int) -> Iterator[list[Chunk]]:
    """`chunks` in their order, `size` at a time."""
    remaining = iter(chunks)
    while batch := list(islice(remaining, size)):
        yield batch
