"""No two workers run one row, what is durable stays as it is, and the rows of the dead are taken up."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from colonnade.gateway.batches.creation import Asked, new_batch
from colonnade.gateway.batches.rows import NewRow, Outcome, Row, RowStore
from colonnade.gateway.batches.store import BatchStore
from colonnade.gateway.call import Identity
from colonnade.store import Store, open_store

ANNA = Identity("anna", "caller", {})


@dataclass
class Shelf:
    """One batch of ten rows, and a clock that stands until it is moved."""

    store: Store
    now: float = 1000.0
    id: str = ""
    batches: BatchStore = field(init=False)
    rows: RowStore = field(init=False)

    def __post_init__(self) -> None:
        self.batches = BatchStore(self.store, lambda: self.now)
        self.rows = RowStore(self.batches)

    def fill(self, count: int = 10, window: str = "24h") -> None:
        what = Asked("file-1", "/v1/chat/completions", window)
        batch = new_batch(what, ANNA, ["/v1/chat/completions"], self.now)
        self.batches.create(batch)
        self.id = batch.id
        self.rows.insert(self.id, [NewRow(n, f"r{n}", b"{}") for n in range(1, count + 1)], 0.0)
        self.batches.move(self.id, ("validating",), "in_progress", total=count)

    def claim(self, worker: str, most: int = 10) -> list[Row]:
        return self.rows.claim(worker, most, self.now + 10.0)

    def counts(self) -> tuple[int, int]:
        batch = self.batches.get(None, self.id)
        return batch.completed, batch.failed


@pytest.fixture
def shelf(template: Path, tmp_path: Path) -> Iterator[Shelf]:
    store = open_store(shutil.copytree(template, tmp_path / "state"))
    made = Shelf(store)
    made.fill()
    yield made
    store.close()


def test_a_claimed_row_is_nobody_elses(shelf: Shelf):
    mine = shelf.claim("a", 4)
    assert [row.line for row in mine] == [1, 2, 3, 4]
    assert [row.line for row in shelf.claim("b")] == [5, 6, 7, 8, 9, 10]
    assert shelf.claim("c") == []


def test_many_workers_share_rows_without_overlap(template: Path, tmp_path: Path):
    state = shutil.copytree(template, tmp_path / "shared")
    stores = [open_store(state) for _ in range(4)]
    first = Shelf(stores[0])
    first.fill(60)
    shelves = [first, *(Shelf(store) for store in stores[1:])]

    def take(number: int) -> list[int]:
        lines: list[int] = []
        draw = random.Random(number)
        while some := shelves[number].claim(f"worker-{number}", draw.randint(1, 5)):
            lines += [row.line for row in some]
            shelves[number].rows.settle([Outcome(row, b"{}") for row in some])
        return lines

    with ThreadPoolExecutor(4) as threads:
        taken = [line for lines in threads.map(take, range(4)) for line in lines]
    assert sorted(taken) == list(range(1, 61))
    assert first.counts() == (60, 0)
    for store in stores:
        store.close()


def test_rows_of_a_killed_worker_are_taken_up_when_its_claim_ends(shelf: Shelf):
    shelf.claim("dead")
    shelf.now += 9.9
    assert shelf.claim("b") == []
    shelf.now += 0.2
    assert len(shelf.claim("b")) == 10


def test_a_worker_that_lives_keeps_its_rows(shelf: Shelf):
    *running, _ = shelf.claim("a")
    shelf.now += 9.0
    shelf.rows.renew("a", running, shelf.now + 10.0)
    shelf.now += 9.0
    assert [row.line for row in shelf.claim("b")] == [10]  # which "a" gave up


def test_a_worker_that_ends_leaves_its_rows_at_once(shelf: Shelf):
    shelf.claim("a")
    shelf.rows.release("a")
    assert len(shelf.claim("b")) == 10


def test_the_first_answer_stays(shelf: Shelf):
    """A worker that hung beyond its claim and the one that took over both have an answer."""
    [slow, *_] = shelf.claim("slow", 1)
    shelf.now += 11.0
    taken = next(row for row in shelf.claim("quick") if row.line == slow.line)
    shelf.rows.settle([Outcome(taken, b'"first"')])
    shelf.rows.settle([Outcome(slow, b'"second"', failed=True)])
    assert next(shelf.rows.done(shelf.id)).response == b'"first"'
    assert shelf.counts() == (1, 0)


def test_a_row_that_must_wait_is_free_again_then(shelf: Shelf):
    row, *others = shelf.claim("a")
    shelf.rows.settle([Outcome(row, again_at=shelf.now + 5.0), *(Outcome(other, b"{}") for other in others)])
    assert shelf.claim("b") == []
    shelf.now += 5.0
    [again] = shelf.claim("b")
    assert (again.line, again.tries) == (row.line, 1)
    shelf.rows.settle([Outcome(again, again_at=shelf.now, counted=False)])
    assert shelf.claim("b")[0].tries == 1


def test_an_answer_that_could_not_be_recorded_is_taken_back(shelf: Shelf):
    row = shelf.claim("a", 1)[0]
    shelf.rows.settle([Outcome(row, b"{}")])
    shelf.rows.reopen(row, shelf.now)
    assert shelf.counts() == (0, 0)
    assert row in shelf.claim("a")


def test_stopping_leaves_rows_under_way_to_their_worker(shelf: Shelf):
    under_way, *_ = shelf.claim("a", 1)
    assert shelf.rows.stop(shelf.id, "batch_expired", "expired") == 9
    assert not shelf.batches.conclude(shelf.id)
    shelf.rows.settle([Outcome(under_way, b"{}")])
    assert shelf.batches.conclude(shelf.id)
    batch = shelf.batches.get(None, shelf.id)
    assert (batch.status, batch.ending, batch.completed, batch.failed, batch.missed) == (
        "finalizing",
        "expired",
        1,
        9,
        9,
    )


def test_stopping_takes_the_rows_of_a_killed_worker(shelf: Shelf):
    shelf.claim("dead")
    shelf.now += 11.0
    assert shelf.rows.stop(shelf.id, "batch_cancelled", "cancelled") == 10


def test_a_batch_out_of_time_gives_no_rows(shelf: Shelf):
    shelf.now += 86_401.0
    assert shelf.claim("a") == []


def test_rows_that_a_worker_left_behind_are_found(shelf: Shelf):
    assert shelf.rows.left_over() == []
    shelf.batches.move(shelf.id, ("in_progress",), "completed")
    assert shelf.rows.left_over() == [shelf.id]
    shelf.rows.discard(shelf.id)
    assert shelf.rows.left_over() == []


def test_one_worker_at_a_time_validates_or_finishes(shelf: Shelf):
    shelf.batches.move(shelf.id, ("in_progress",), "finalizing")
    assert shelf.batches.claim(shelf.id, "finalizing", "a", shelf.now + 10.0)
    assert not shelf.batches.claim(shelf.id, "finalizing", "b", shelf.now + 10.0)
    shelf.now += 11.0
    assert shelf.batches.claim(shelf.id, "finalizing", "b", shelf.now + 10.0)


def test_batches_that_are_over_are_forgotten_after_long(shelf: Shelf):
    shelf.batches.forget(shelf.now + 1.0)
    assert shelf.batches.get(None, shelf.id).status == "in_progress"
    shelf.batches.move(shelf.id, ("in_progress",), "completed")
    shelf.batches.forget(shelf.now + 1.0)
    assert shelf.batches.since(0.0) == []
