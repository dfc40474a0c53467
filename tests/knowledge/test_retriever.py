"""Questions are answered off the event loop, in time, from one generation, or not at all."""

import asyncio
import threading
import time
from pathlib import Path

import pytest
from hashing_models import HashingEncoder, OpenCollection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from colonnade.errors import DeadlineExceeded, Unavailable
from colonnade.knowledge.collection import Collection
from colonnade.store import Store


async def test_the_answering_passage_comes_first(collection: Collection, documents: Path):
    collection.refresh()
    found = await collection.retriever.retrieve("How long does a rollback take?", passages=2)
    first = found.passages[0]
    assert (first.document, first.place, first.title) == ("guide.md", "Guide > Rollback", "Guide")
    assert "two minutes" in first.text
    assert first.score == found.best
    assert len(found.passages) == 2
    assert first.generation == found.generation
    assert set(found.timings) == {"wait", "encode", "search", "rerank"}


async def test_below_the_floor_nothing_is_relevant(collection: Collection):
    collection.refresh()
    found = await collection.retriever.retrieve("zebra giraffe", floor=0.0)
    assert found.passages == ()
    assert found.best is not None
    assert found.best < 0.0


async def test_without_a_reranker_the_score_is_the_cosine(open_one: OpenCollection, encoder: HashingEncoder):
    collection = open_one(encoder, reranker=False)
    collection.refresh()
    found = await collection.retriever.retrieve("Coffee beans come from a roaster in Lyon.", passages=4)
    assert "roaster" in found.passages[0].text
    assert 0.5 < found.passages[0].score <= 1.0 + 1e-6


@pytest.mark.parametrize("question", ["", "  \n", "\ud800", "\x00", "🙂" * 3000, "a" * 100_000])
async def test_odd_questions_are_questions(collection: Collection, question: str):
    collection.refresh()
    assert (await collection.retriever.retrieve(question)).generation.startswith("sha256:")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(question=st.text())
def test_no_text_raises(collection: Collection, question: str):
    collection.refresh()
    found = asyncio.run(collection.retriever.retrieve(question))
    assert len(found.passages) <= 4


async def test_before_the_first_build_the_caller_is_told(collection: Collection):
    with pytest.raises(Unavailable, match="colonnade knowledge index") as caught:
        await collection.retriever.retrieve("anything")
    assert caught.value.code == "knowledge_not_indexed"


async def test_vectors_of_another_model_are_never_compared(open_one: OpenCollection):
    open_one(HashingEncoder()).refresh()
    other = open_one(HashingEncoder(digest="sha256:" + "a" * 64))
    with pytest.raises(Unavailable, match="another embedding model"):
        await other.retriever.retrieve("budget")


class SlowEncoder(HashingEncoder):
    """Takes its time over each question, and notes on which thread."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = 0.0
        self.slow = seconds
        self.threads: set[str] = set()

    def encode(self, texts):  # type: ignore[no-untyped-def]
        self.threads.add(threading.current_thread().name)
        time.sleep(self.seconds)
        return super().encode(texts)


async def test_the_loop_goes_on_while_a_question_is_searched(open_one: OpenCollection):
    encoder = SlowEncoder(0.2)
    collection = open_one(encoder)
    collection.refresh()
    encoder.seconds = encoder.slow
    search = asyncio.create_task(collection.retriever.retrieve("budget"))
    ticks = 0
    while not search.done():
        await asyncio.sleep(0.01)
        ticks += 1
    assert ticks >= 10
    assert encoder.threads - {"MainThread"} == {"retrieve_0"}


async def test_the_deadline_is_kept_and_the_worker_is_free_again(open_one: OpenCollection):
    encoder = SlowEncoder(0.3)
    collection = open_one(encoder)
    collection.refresh()
    encoder.seconds = encoder.slow
    loop = asyncio.get_running_loop()
    started = loop.time()
    with pytest.raises(DeadlineExceeded):
        await collection.retriever.retrieve("budget", deadline=started + 0.05)
    assert loop.time() - started < 0.2
    encoder.seconds = 0.0
    assert (await collection.retriever.retrieve("budget", deadline=loop.time() + 5)).passages


async def test_questions_that_waited_too_long_never_meet_the_model(open_one: OpenCollection):
    encoder = SlowEncoder(0.2)
    collection = open_one(encoder)
    collection.refresh()
    encoder.encoded.clear()
    encoder.seconds = encoder.slow
    deadline = asyncio.get_running_loop().time() + 0.1
    results = await asyncio.gather(
        *(collection.retriever.retrieve(f"budget {n}", deadline=deadline) for n in range(10)),
        return_exceptions=True,
    )
    assert all(isinstance(result, DeadlineExceeded) for result in results)
    collection.close()
    assert len(encoder.encoded) == 1


async def test_a_source_resolves_in_kept_generations_and_not_beyond(
    collection: Collection, documents: Path, encoder: HashingEncoder
):
    first = collection.refresh().switch.after
    (passage,) = (await collection.retriever.retrieve("coffee roaster", passages=1)).passages
    (documents / "notes.txt").write_text("Tea only.")
    second = collection.refresh().switch.after
    old = await collection.retriever.resolve(passage.id, first)
    assert old is not None
    assert (old.document, old.document_version, old.text) == (
        "notes.txt",
        passage.document_version,
        passage.text,
    )
    assert await collection.retriever.resolve(passage.id, second) is None
    for number in range(3):
        (documents / "notes.txt").write_text(f"Edition {number}.")
        collection.refresh()
    assert await collection.retriever.resolve(passage.id, first) is None


async def test_a_switch_between_questions_is_seen_at_once(collection: Collection, documents: Path):
    first = collection.refresh().switch.after
    (documents / "notes.txt").write_text("Coffee is out.")
    second = collection.refresh().switch.after
    assert (await collection.retriever.retrieve("coffee")).generation == second
    collection.activate(first)
    assert (await collection.retriever.retrieve("coffee")).generation == first


async def test_questions_during_rebuilds_always_see_one_whole_generation(
    open_one: OpenCollection, documents: Path
):
    asked, built = open_one(HashingEncoder()), open_one(HashingEncoder())
    built.refresh()
    seen: set[str] = set()

    def rebuild() -> None:
        for number in range(12):
            (documents / "notes.txt").write_text(f"Coffee edition {number}.")
            built.refresh()

    work = asyncio.create_task(asyncio.to_thread(rebuild))
    while not work.done():
        found = await asked.retriever.retrieve("coffee", passages=6)
        seen.add(found.generation)
        assert len(found.passages) in (4, 5)
        assert {passage.generation for passage in found.passages} == {found.generation}
    await work
    assert len(seen) > 2


async def test_an_unreadable_index_is_said_and_read_again_later(collection: Collection, store: Store):
    collection.refresh()
    live = collection.index.live()
    assert live is not None
    with store.connection() as connection:
        connection.execute(f"ALTER TABLE knowledge_vectors_{live.number} RENAME TO away")
    with pytest.raises(Unavailable, match="cannot be read"):
        await collection.retriever.retrieve("budget")
    with store.connection() as connection:
        connection.execute(f"ALTER TABLE away RENAME TO knowledge_vectors_{live.number}")
    assert (await collection.retriever.retrieve("budget")).passages
