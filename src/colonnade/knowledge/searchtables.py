"""Each generation has a vector table and a word table of its own, so that no other one can change its answers.

BM25 weighs words by their frequency in the whole table: in a shared table, building a generation beside the live
one would move the scores of the live one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from colonnade.knowledge.tables import Connection

_PLACE_WEIGHT, _TEXT_WEIGHT = 2.0, 1.0
_MOST_NEIGHBOURS = 4096  # a limit of sqlite-vec


@dataclass(frozen=True, slots=True)
class SearchTables:
    """The two tables of generation `number`; a row in either is numbered by the chunk's ordinal.

    Their names are built from the number alone: names cannot be parameters of a statement.
    """

    connection: Connection
    number: int

    @property
    def _vectors(self) -> str:
        return f"knowledge_vectors_{int(self.number)}"

    @property
    def _words(self) -> str:
        return f"knowledge_words_{int(self.number)}"

    def create(self, dimensions: int) -> None:
        """Create both, for vectors of this length."""
        self.connection.execute(
            f"CREATE VIRTUAL TABLE {self._vectors} USING vec0(embedding float[{int(dimensions)}] distance_metric=cosine)"
        )
        self.connection.execute(
            f"CREATE VIRTUAL TABLE {self._words}"
            " USING fts5(place, text, content='', tokenize='porter unicode61 remove_diacritics 2')"
        )

    def drop(self) -> None:
        """Remove both."""
        self.connection.execute(f"DROP TABLE IF EXISTS {self._vectors}")
        self.connection.execute(f"DROP TABLE IF EXISTS {self._words}")

    def add(self, words: Iterable[tuple[int, str, str]], vectors: Iterable[tuple[int, bytes]]) -> None:
        """Add rows: (ordinal, place, text) and (ordinal, vector)."""
        into_words = f"INSERT INTO {self._words} (rowid, place, text) VALUES (?, ?, ?)"  # noqa: S608 - see the class
        into_vectors = f"INSERT INTO {self._vectors} (rowid, embedding) VALUES (?, ?)"  # noqa: S608 - see the class
        self.connection.executemany(into_words, words)
        self.connection.executemany(into_vectors, vectors)

    def nearest(self, vector: bytes, count: int) -> list[tuple[int, float]]:
        """Ordinals and cosine distances of the `count` nearest vectors, nearest first; exact, not approximate."""
        query = f"SELECT rowid, distance FROM {self._vectors} WHERE embedding MATCH ? AND k = ?"  # noqa: S608 - see the class
        rows = self.connection.execute(query, (vector, min(count, _MOST_NEIGHBOURS))).fetchall()
        return sorted(rows, key=lambda row: (row[1], row[0]))

    def matching(self, expression: str, count: int) -> list[int]:
        """Ordinals of the `count` best rows by BM25 for an FTS5 expression, best first."""
        table = self._words
        query = f"SELECT rowid FROM {table} WHERE {table} MATCH ? ORDER BY bm25({table}, ?, ?), rowid LIMIT ?"  # noqa: S608 - see the class
        rows = self.connection.execute(query, (expression, _PLACE_WEIGHT, _TEXT_WEIGHT, count))
        return [row[0] for row in rows]
