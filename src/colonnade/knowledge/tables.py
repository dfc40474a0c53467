"""The tables of the index hold generations, their chunks, and every vector that is still of use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeAlias

Connection: TypeAlias = Any
"""A connection of sqlcipher3 or sqlite3 with sqlite-vec loaded; neither module types its own."""

Connect = Callable[[], AbstractContextManager[Connection]]
"""Lends a connection, as `Store.connection` does."""

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS knowledge_generation (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        knowledge TEXT NOT NULL,
        digest TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('building', 'live', 'retired')),
        created_at REAL NOT NULL,
        activated_at REAL,
        documents INTEGER NOT NULL DEFAULT 0,
        chunks INTEGER NOT NULL DEFAULT 0,
        rejects TEXT NOT NULL DEFAULT '[]',
        chunker TEXT NOT NULL,
        embedding TEXT NOT NULL,
        dimensions INTEGER NOT NULL)""",
    """CREATE UNIQUE INDEX IF NOT EXISTS knowledge_one_live
        ON knowledge_generation (knowledge) WHERE state = 'live'""",
    """CREATE TABLE IF NOT EXISTS knowledge_chunk (
        generation INTEGER NOT NULL,
        ordinal INTEGER NOT NULL,
        id TEXT NOT NULL,
        document TEXT NOT NULL,
        document_version TEXT NOT NULL,
        title TEXT NOT NULL,
        place TEXT NOT NULL,
        text TEXT NOT NULL,
        PRIMARY KEY (generation, ordinal)) WITHOUT ROWID""",
    "CREATE UNIQUE INDEX IF NOT EXISTS knowledge_chunk_id ON knowledge_chunk (generation, id)",
    """CREATE TABLE IF NOT EXISTS knowledge_vector (
        embedding TEXT NOT NULL,
        chunk TEXT NOT NULL,
        vector BLOB NOT NULL,
        PRIMARY KEY (embedding, chunk)) WITHOUT ROWID""",
)

_LAST_CREATED = "knowledge_vector"


def create_tables(connection: Connection) -> None:
    """Create what is missing; where nothing is, the write lock is not taken."""
    row = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (_LAST_CREATED,)).fetchone()
    if row is not None:
        return
    with transaction(connection):
        for statement in _SCHEMA:
            connection.execute(statement)


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """All or nothing, with the write lock taken first, so that no statement in it can fail for being late."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # SQLite has rolled back by itself where the disk is full
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextmanager
def snapshot(connection: Connection) -> Iterator[None]:
    """All reads see one state of the store, whatever is switched or removed meanwhile."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("COMMIT")
