"""The search finds what brute force finds, and takes any text as a question."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
import sqlite_vec
from hypothesis import given
from hypothesis import strategies as st
from sqlcipher3 import dbapi2

from colonnade.knowledge.search import Candidate, candidates, fuse, word_query
from colonnade.knowledge.searchtables import SearchTables
from colonnade.knowledge.vectors import packed

DIMENSIONS, ROWS = 48, 400


def unit(source: random.Random) -> list[float]:
    vector = [source.gauss(0, 1) for _ in range(DIMENSIONS)]
    length = sum(value * value for value in vector) ** 0.5
    return [value / length for value in vector]


def vectors() -> list[list[float]]:
    source = random.Random(7)
    return [unit(source) for _ in range(ROWS)]


@pytest.fixture(scope="module")
def tables() -> Iterator[SearchTables]:
    connection: Any = dbapi2.connect(":memory:", isolation_level=None)
    connection.enable_load_extension(True)
    sqlite_vec.load(connection)
    made = SearchTables(connection, 3)
    made.create(DIMENSIONS)
    made.add(
        ((at, f"Part {at}", f"word{at} shared") for at in range(1, ROWS + 1)),
        ((at, packed(vector, DIMENSIONS)) for at, vector in enumerate(vectors(), start=1)),
    )
    yield made
    connection.close()


def test_the_nearest_are_those_of_brute_force(tables: SearchTables):
    stored, source = vectors(), random.Random(8)
    hits = 0
    for _ in range(50):
        question = unit(source)
        cosine = [sum(a * b for a, b in zip(question, vector, strict=True)) for vector in stored]
        expected = sorted(range(ROWS), key=lambda at: -cosine[at])[:10]
        found = tables.nearest(packed(question, DIMENSIONS), 10)
        hits += len({at - 1 for at, _ in found} & set(expected))
        assert [at - 1 for at, _ in found][:1] == expected[:1]
        assert found[0][1] == pytest.approx(1 - cosine[expected[0]], abs=1e-5)
    assert hits == 500


def test_more_neighbours_than_there_are_gives_all(tables: SearchTables):
    assert len(tables.nearest(packed(vectors()[0], DIMENSIONS), 10_000)) == ROWS


def test_words_find_their_passage_in_any_form(tables: SearchTables):
    assert tables.matching(word_query("WORD17?"), 5) == [17]
    assert tables.matching(word_query("sharing"), 3) == [1, 2, 3]


@given(st.text(max_size=300))
def test_any_text_is_a_safe_question(tables: SearchTables, text: str):
    question = text.encode("utf-8", "replace").decode()
    assert len(candidates(tables, question, packed(vectors()[0], DIMENSIONS), 5)) <= 5


@pytest.mark.parametrize(
    "text",
    [
        '"',
        "'",
        "*",
        "AND OR NOT",
        "NEAR(a b)",
        "place:word17",
        "a AND",
        "(",
        "^x",
        "-word17",
        "{a b}: c",
        "_",
        "x" * 9999,
    ],
)
def test_search_syntax_is_nothing_but_words(tables: SearchTables, text: str):
    expression = word_query(text)
    assert not expression or isinstance(tables.matching(expression, 5), list)


def test_a_question_of_many_words_is_cut():
    assert word_query(" ".join(f"w{n}" for n in range(1000))).count(" OR ") == 63


def test_reciprocal_rank_fusion_by_hand():
    fused = fuse([(1, 0.1), (2, 0.2)], [2, 3])
    assert fused == [
        Candidate(2, 1 / 62 + 1 / 61, 0.2),
        Candidate(1, 1 / 61, 0.1),
        Candidate(3, 1 / 62, None),
    ]


def test_a_passage_in_one_list_only_is_found_too(tables: SearchTables):
    far = candidates(tables, "word399", packed(vectors()[0], DIMENSIONS), 24)
    assert 399 in [one.ordinal for one in far]
    assert 1 in [one.ordinal for one in far]
