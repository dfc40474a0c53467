"""Measures what plain word search finds: the baseline of the indicator `found`.

    .venv/bin/python examples/handbook-assistant/evals/baseline.py

Same documents, passages and questions as the assistant; no embedding, no reranker, no model.
"""

import json
import re
import sqlite3
from pathlib import Path

from colonnade.knowledge.chunks import Chunk, Chunker
from colonnade.knowledge.folder import read_folder

FOLDER = Path(__file__).parents[1]


def flat(text: str) -> str:
    """Text with its white space evened out, as quotes are compared."""
    return " ".join(text.split())


def word_index(chunks: list[Chunk]) -> sqlite3.Connection:
    """A full-text index in memory, ranked by BM25."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE passage USING fts5(text, tokenize = 'porter unicode61')")
    connection.executemany(
        "INSERT INTO passage(rowid, text) VALUES (?, ?)",
        [(number, chunk.embedded) for number, chunk in enumerate(chunks)],
    )
    return connection


def found(connection: sqlite3.Connection, question: str, most: int) -> list[int]:
    """Numbers of the best passages for any of the question's words."""
    words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", question))
    rows = connection.execute(
        "SELECT rowid FROM passage WHERE passage MATCH ? ORDER BY rank LIMIT ?", (words, most)
    )
    return [number for (number,) in rows]


def supports(chunk: Chunk, source: dict[str, str]) -> bool:
    """Whether the passage holds the quote, in the right document."""
    return chunk.document == source["document"] and flat(source["quote"]) in flat(chunk.text)


def main() -> None:
    chunks = list(Chunker().chunks(read_folder(FOLDER / "knowledge").documents))
    lines = (FOLDER / "evals" / "handbook.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [row for row in map(json.loads, lines) if row["answerable"]]
    connection = word_index(chunks)
    hits = sum(
        any(
            supports(chunks[n], source)
            for n in found(connection, row["question"], 5)
            for source in row["sources"]
        )
        for row in questions
    )
    print(
        f"{len(chunks)} passages, {len(questions)} questions: recall@5 of word search {hits / len(questions):.3f}"
    )


if __name__ == "__main__":
    main()
