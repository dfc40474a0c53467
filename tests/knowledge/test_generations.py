"""Generations: built beside the live one, switched at once, rolled back exactly, and never half."""

import sqlite3
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hashing_models import HashingEncoder, OpenCollection

from colonnade.errors import SetupError
from colonnade.knowledge.collection import Collection
from colonnade.knowledge.passage import Passage
from colonnade.store import Store


def count(store: Store, query: str) -> int:
    with store.connection() as connection:
        return int(connection.execute(query).fetchone()[0])


async def answers(collection: Collection) -> list[tuple[Passage, ...]]:
    questions = ("what is a budget", "how is carbon computed", "rollback of a release", "coffee")
    return [(await collection.retriever.retrieve(question, passages=5)).passages for question in questions]


def test_the_first_build_goes_live(collection: Collection, encoder: HashingEncoder):
    built = collection.refresh()
    live = collection.index.live()
    assert live is not None
    assert (built.switch.before, built.switch.after, built.switch.changed) == ("", live.digest, True)
    assert (live.documents, live.chunks, built.embedded) == (2, built.chunks, built.chunks)
    assert len(encoder.encoded) == built.chunks == 4


def test_rejects_are_kept_with_the_generation(collection: Collection, documents: Path):
    (documents / "bad.md").write_bytes(b"\xff")
    collection.refresh()
    live = collection.index.live()
    assert live is not None
    assert live.rejects == ("bad.md: undecodable",)


def test_an_unchanged_folder_costs_nothing(collection: Collection, encoder: HashingEncoder):
    collection.refresh()
    encoder.encoded.clear()
    again = collection.refresh()
    assert not again.switch.changed
    assert encoder.encoded == []
    assert len(collection.index.generations()) == 1


def test_only_changed_chunks_are_embedded(collection: Collection, documents: Path, encoder: HashingEncoder):
    collection.refresh()
    encoder.encoded.clear()
    guide = documents / "guide.md"
    guide.write_text(guide.read_text().replace("two minutes", "three minutes"))
    built = collection.refresh()
    assert built.switch.changed
    assert built.embedded == 1
    (text,) = encoder.encoded
    assert "three minutes" in text


def test_progress_is_told(collection: Collection):
    told: list[tuple[str, int, int]] = []
    collection.refresh(lambda *step: told.append(step))
    assert told == [("embed", 4, 4), ("write", 4, 4)]


async def test_rollback_answers_exactly_as_before(collection: Collection, documents: Path):
    first = collection.refresh().switch.after
    before = await answers(collection)
    (documents / "guide.md").write_text("# Guide\n\n## Budgets\nNothing is capped.\n")
    (documents / "more.md").write_text("# Coffee\n\nA budget for coffee, and coffee, and coffee.\n")
    second = collection.refresh().switch.after
    assert await answers(collection) != before
    switch = collection.activate(first[7:19])
    assert (switch.before, switch.after) == (second, first)
    assert await answers(collection) == before


def test_going_back_to_earlier_documents_is_a_switch_without_work(
    collection: Collection, documents: Path, encoder: HashingEncoder
):
    first = collection.refresh().switch.after
    original = (documents / "notes.txt").read_text()
    (documents / "notes.txt").write_text("Tea only.")
    collection.refresh()
    (documents / "notes.txt").write_text(original)
    encoder.encoded.clear()
    assert collection.refresh().switch.after == first
    assert encoder.encoded == []


def test_two_retired_generations_are_kept_and_older_ones_leave_no_trace(
    collection: Collection, documents: Path, store: Store
):
    digests = []
    for number in range(5):
        (documents / "notes.txt").write_text(f"Edition {number} of the notes.")
        digests.append(collection.refresh().switch.after)
    assert [one.digest for one in collection.index.generations()] == digests[:1:-1]
    assert count(store, "SELECT count(*) FROM sqlite_master WHERE name LIKE 'knowledge_vectors__'") == 3
    assert count(store, "SELECT count(DISTINCT generation) FROM knowledge_chunk") == 3
    assert count(store, "SELECT count(*) FROM knowledge_vector") == 3 + 3
    with pytest.raises(SetupError, match="no kept generation"):
        collection.activate(digests[0])


def test_an_ambiguous_or_empty_digest_is_refused(collection: Collection, documents: Path):
    collection.refresh()
    for wrong in ("", "sha256:", "zz"):
        with pytest.raises(SetupError, match="no kept generation"):
            collection.activate(wrong)


class DyingEncoder(HashingEncoder):
    """Gives out after some texts, as a killed process would."""

    def __init__(self, survives: int) -> None:
        super().__init__()
        self._left = survives

    def encode(self, texts):  # type: ignore[no-untyped-def]
        if self._left <= 0:
            raise KeyboardInterrupt
        self._left -= 1
        return super().encode(texts)


def many(documents: Path, sections: int) -> None:
    text = "".join(f"## Part {n}\nSentence about topic{n} here.\n\n" for n in range(sections))
    (documents / "many.md").write_text("# Many\n\n" + text)


async def test_a_build_broken_off_while_embedding_goes_on_where_it_stopped(
    open_one: OpenCollection, documents: Path, encoder: HashingEncoder
):
    collection = open_one(encoder)
    live = collection.refresh().switch.after
    before = await answers(collection)
    many(documents, 80)
    with pytest.raises(KeyboardInterrupt):
        open_one(DyingEncoder(survives=1)).refresh()
    assert collection.index.live() is not None
    assert collection.index.live().digest == live
    assert await answers(collection) == before
    encoder.encoded.clear()
    built = collection.refresh()
    assert built.chunks == 84
    assert len(encoder.encoded) == 80 - 32


async def test_a_build_broken_off_while_writing_leaves_the_live_one_and_is_cleared(
    collection: Collection, documents: Path, store: Store
):
    live = collection.refresh().switch.after
    before = await answers(collection)
    many(documents, 300)
    with pytest.raises(KeyboardInterrupt):
        collection.refresh(die_while_writing)
    assert [one.state for one in collection.index.generations()] == ["live", "building"]
    assert (await collection.retriever.retrieve("budget")).generation == live
    assert await answers(collection) == before
    built = collection.refresh()
    assert built.embedded == 0
    assert [one.state for one in collection.index.generations()] == ["live", "retired"]
    assert count(store, "SELECT count(*) FROM sqlite_master WHERE name LIKE 'knowledge_vectors__'") == 2
    assert (
        count(store, f"SELECT count(*) FROM knowledge_chunk WHERE generation = {number_of(collection)}")
        == 304
    )


def die_while_writing(step: str, done: int, whole: int) -> None:
    if step == "write":
        raise KeyboardInterrupt


def number_of(collection: Collection) -> int:
    live = collection.index.live()
    assert live is not None
    return live.number


def test_a_building_generation_cannot_be_activated(collection: Collection):
    with pytest.raises(KeyboardInterrupt):
        collection.refresh(die_while_writing)
    (half,) = collection.index.generations()
    assert half.state == "building"
    with pytest.raises(SetupError, match="no kept generation"):
        collection.activate(half.digest)


def test_builds_at_the_same_time_wait_for_each_other(open_one: OpenCollection):
    built = []
    collections = [open_one(HashingEncoder()) for _ in range(3)]
    threads = [threading.Thread(target=lambda one=one: built.append(one.refresh())) for one in collections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.switch.after for one in built}) == 1
    assert sum(one.embedded for one in built) == 4
    assert len(collections[0].index.generations()) == 1


def test_the_digest_is_the_same_on_every_machine(collection: Collection, documents: Path):
    """A figure that must never move by itself: it stands in ledgers."""
    digest = collection.refresh().switch.after
    assert digest == "sha256:6b01fa2bd833963bd5b7bc80930ec21572fa8b61d9c1f038b3b76c7f4283c1c0"


def test_the_digest_follows_documents_chunker_and_model(open_one: OpenCollection, documents: Path):
    first = open_one(HashingEncoder()).refresh().switch.after
    other_model = open_one(HashingEncoder(digest="sha256:" + "a" * 64)).refresh().switch.after
    (documents / "notes.txt").rename(documents / "renamed.txt")
    renamed = open_one(HashingEncoder()).refresh().switch.after
    assert len({first, other_model, renamed}) == 3


def test_two_collections_share_a_store_and_nothing_else(open_one: OpenCollection, encoder: HashingEncoder):
    one, other = open_one(encoder, "one"), open_one(encoder, "other")
    one.refresh()
    assert other.index.live() is None
    other.refresh()
    assert one.index.live() != other.index.live()
    assert len(encoder.encoded) == 4


def test_an_encoder_of_the_wrong_length_is_refused(open_one: OpenCollection):
    encoder = HashingEncoder()
    encoder.encode = lambda texts: [[1.0] for _ in texts]  # type: ignore[method-assign]
    with pytest.raises(SetupError, match="gave 1 dimensions where it promises 64"):
        open_one(encoder).refresh()


def test_a_folder_without_documents_is_said(collection: Collection, documents: Path):
    for path in documents.iterdir():
        path.unlink()
    (documents / "a.bin").write_bytes(b"x")
    with pytest.raises(SetupError, match=r"no readable document \(1 rejected\)"):
        collection.refresh()


def test_status_says_whether_the_index_is_current(collection: Collection, documents: Path):
    assert collection.status().live is None
    collection.refresh()
    assert collection.status().current
    (documents / "notes.txt").write_text("Tea.")
    (documents / "x.bin").write_bytes(b"x")
    status = collection.status()
    assert not status.current
    assert status.documents == 2
    assert status.rejects == ("x.bin: unsupported_format (only Markdown, text, HTML and PDF are read)",)


def test_a_full_disk_is_one_sentence(collection: Collection, documents: Path, store: Store):
    collection.refresh()
    many(documents, 300)

    with pytest.raises(SetupError, match="cannot be written"):
        full_store(collection).refresh()


def full_store(collection: Collection) -> Collection:
    """The collection over connections that may not grow the file."""
    connect = collection.index.connect

    @contextmanager
    def bounded():  # type: ignore[no-untyped-def]
        with connect() as connection:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages}")
            yield connection

    index = replace(collection.index, connect=bounded)
    return replace(collection, index=index, builder=replace(collection.builder, index=index))


def test_the_file_on_disk_shows_no_passage(collection: Collection, store: Store):
    collection.refresh()
    whole = b"".join(path.read_bytes() for path in store.state.iterdir() if path.is_file())
    assert b"budget" not in whole.lower()
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(next(store.state.glob("*.db"))).execute("SELECT count(*) FROM sqlite_master")


def test_opening_an_index_waits_for_no_writer(collection: Collection, store: Store):
    with store.connection() as writer:
        writer.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        collection.index.prepare()
        assert collection.index.live() is None
        writer.execute("ROLLBACK")
    assert time.monotonic() - started < 5


def test_vectors_that_another_collection_uses_outlive_a_generation(
    open_one: OpenCollection, documents: Path, encoder: HashingEncoder
):
    one, other = open_one(encoder, "one"), open_one(encoder, "other")
    one.refresh()
    other.refresh()
    for number in range(4):
        (documents / "notes.txt").write_text(f"Edition {number}.")
        one.refresh()
    encoder.encoded.clear()
    (documents / "extra.txt").write_text("Something more.")
    assert other.refresh().embedded == 1
