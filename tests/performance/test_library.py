"""The nearest question is the one that a look at all of them finds, and shelves stay within their bounds."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.performance.similar.library import Asked, Library
from colonnade.performance.similar.question import in_the_same_order
from colonnade.performance.similar.shelf import Shelf

VECTORS = {
    "east": [1.0, 0.0],
    "west": [-1.0, 0.0],
    "north": [0.0, 1.0],
    "north-east": [0.6, 0.8],
}
EAST = Asked("east", [1.0, 0.0])


class Compass:
    """Knows four texts."""

    digest = "sha256:compass"
    dimensions = 2

    def encode(self, texts):
        return [VECTORS[text] for text in texts]


@pytest.fixture
def library():
    made = Library(limit_bytes=100_000, most=3)
    yield made
    made.close()


def settle(library):
    library._worker.submit(lambda: None).result(timeout=5)


Step = st.tuples(st.sampled_from(["put", "drop"]), st.integers(0, 9), st.floats(-1, 1, width=16))


@settings(max_examples=200)
@given(st.lists(Step, max_size=60), st.floats(-1, 1, width=16), st.integers(1, 8))
def test_the_nearest_is_found_among_the_last_that_fit(steps, x, most):
    shelf, kept = Shelf(2, most), {}
    for what, number, y in steps:
        key = b"%d" % number
        if what == "put":
            known = key in kept
            shelf.put([y, 0.5], key, key.decode())
            kept[key] = y
            if not known and len(kept) > most:
                kept = {name: value for name, value in kept.items() if name in shelf._keys}
        else:
            shelf.drop(key)
            kept.pop(key, None)
        assert len(shelf) == len(kept) <= most
    found = shelf.near([x, 1.0], 0.5)
    wanted = sorted((value for value in (y * x + 0.5 for y in kept.values()) if value >= 0.5), reverse=True)
    assert [it.cosine for it in found] == pytest.approx(wanted[:8], abs=1e-5)
    assert all(it.text.encode() == it.key in kept for it in found)


def test_a_full_shelf_gives_up_its_oldest():
    shelf = Shelf(2, 2)
    for key in (b"a", b"b", b"c"):
        shelf.put(VECTORS["east"], key, "east")
    assert set(shelf._keys) == {b"b", b"c"}


async def test_shelves_are_apart(library):
    library.put(b"red", EAST, b"k")
    red, blue = (
        await library.look(Compass(), b"red", "east", 0.9),
        await library.look(Compass(), b"blue", "east", 0.9),
    )
    assert (red.key, red.cosine, blue.key) == (b"k", 1.0, b"")


async def test_what_was_dropped_is_not_found(library):
    library.put(b"red", EAST, b"k")
    library.drop(b"red", b"k")
    library.drop(b"none such", b"k")
    assert (await library.look(Compass(), b"red", "east", 0.9)).key == b""


ROOM = 2 * 16 * (2 * 4 + 600)
"""For two shelves, each of the least size."""


async def test_the_shelf_that_was_not_used_for_longest_leaves_first():
    library = Library(limit_bytes=ROOM, most=4096)
    for name in (b"a", b"b"):
        library.put(name, EAST, name)
    await library.look(Compass(), b"a", "north-east", 0.9)
    library.put(b"c", EAST, b"c")
    settle(library)
    assert library.size_bytes <= ROOM
    assert len(library) == 2
    assert [(await library.look(Compass(), name, "east", 0.9)).key for name in (b"a", b"b", b"c")] == [
        b"a",
        b"",
        b"c",
    ]
    library.close()


async def test_two_texts_are_compared(library):
    assert await library.alike(Compass(), "north", "north-east") == pytest.approx(0.8)


async def test_a_crowd_is_not_made_to_wait(library):
    looks = [library.look(Compass(), b"red", "east", 0.9) for _ in range(40)]
    found = await asyncio.gather(*looks)
    assert sum(asked is not None for asked in found) == 16
    assert (await library.look(Compass(), b"red", "east", 0.9)) is not None


async def test_the_same_words_in_another_order_are_passed_over_for_the_next_best(library):
    library.put(b"red", Asked("from basic to premium", VECTORS["east"]), b"up")
    library.put(b"red", Asked("how do I go down from premium to basic", VECTORS["north-east"]), b"down")

    class Plans(Compass):
        def encode(self, texts):
            return [[1.0, 0.0] for _ in texts]

    asked = await library.look(Plans(), b"red", "from premium to basic", 0.5)
    assert (asked.key, asked.cosine) == (b"down", pytest.approx(0.6))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Convert EUR to USD", "Convert USD to EUR", False),
        ("How long is the warranty?", "What is the length of the warranty?", True),
        ("Please tell me: can I reserve a drill?", "Can I reserve a drill?", True),
        ("", "Can I?", True),
    ],
)
def test_words_that_both_have_stand_in_the_same_order(one, other, same):
    assert in_the_same_order(one, other) is same
