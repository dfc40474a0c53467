"""A shelf over the ledger hands out what a shelf in memory does, a page at a time, and gives the same report."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "review"))

from review_world import DAY, NOW, SIGNALS, SUBJECT, observed, record, reviewed, topic

from colonnade.evidence import newest
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.newest import LedgerShelf, records_since
from colonnade.evidence.record import Record, Subject
from colonnade.review.shelf import RecordsInMemory, Shelf
from colonnade.store import open_store

KEY = SIGNALS[0]
OLD = Subject(workload="sha256:old")


def records() -> list[Record]:
    """Everything good, one failure, one topic with a history, and some that are refused."""
    many = [record(*key, good=0 if key[0] == "SEC-06" else 100) for key in SIGNALS]
    many += [record(*KEY, age_days=1 + i / 10, subject=OLD if i % 3 else SUBJECT) for i in range(150)]
    many += [record(*KEY, age_days=2, collected_at=NOW - DAY - i % 2, n=100 + i) for i in range(9)]
    many += [record(*KEY, environment="production", good=0), observed({"pii": True})]
    many += [record("COST-01", 1, collector="import.x@1", subject=Subject(policy="sha256:never"))]
    return [*many, record("COST-01", 2, window_end=NOW + 5)]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory):
    store = open_store(tmp_path_factory.mktemp("shelf") / ".colonnade")
    kept = Ledger(store)
    for each in records():
        kept.append_record(each)
    yield kept
    store.close()


def test_both_are_shelves(ledger: Ledger):
    assert isinstance(LedgerShelf(ledger.store, "rehearsal"), Shelf)
    assert isinstance(RecordsInMemory([], "rehearsal"), Shelf)
    assert not isinstance([], Shelf)


def test_the_order_is_that_of_memory(ledger: Ledger):
    in_memory = RecordsInMemory(records(), "rehearsal")
    in_ledger = LedgerShelf(ledger.store, "rehearsal")
    for name in {each.topic for each in records()}:
        assert list(in_ledger.newest_first(name)) == list(in_memory.newest_first(name)), name


def test_the_report_is_the_same_to_the_byte(ledger: Ledger):
    for subject in (SUBJECT, OLD):
        from_ledger = reviewed(LedgerShelf(ledger.store, "rehearsal"), subject=subject)
        assert from_ledger.encode() == reviewed(records(), subject=subject).encode()
    assert from_ledger.headline.rejected == 2


def test_only_what_is_looked_at_is_read(ledger: Ledger, monkeypatch: pytest.MonkeyPatch):
    read = []
    decode = newest.decode_record
    monkeypatch.setattr(newest, "decode_record", lambda body: read.append(1) or decode(body))
    next(LedgerShelf(ledger.store, "rehearsal").newest_first(topic(*KEY)))
    assert len(read) == newest.PAGES[0]


def test_records_that_are_not_kept_take_their_place(ledger: Ledger):
    more = [record(*KEY, age_days=0.01), record(*KEY, age_days=1.05), record(*KEY, environment="production")]
    in_ledger = LedgerShelf(ledger.store, "rehearsal", more)
    in_memory = RecordsInMemory([*records(), *more], "rehearsal")
    assert list(in_ledger.newest_first(topic(*KEY))) == list(in_memory.newest_first(topic(*KEY)))


def test_what_is_recent_is_what_the_ledger_gives(ledger: Ledger):
    for since in (0.0, NOW - 3 * DAY, NOW - DAY / 2, NOW + DAY):
        assert records_since(ledger.store, "rehearsal", since) == ledger.records("rehearsal", since=since)


def test_what_ran_is_told_from_what_was_only_imported(ledger: Ledger):
    shelf = LedgerShelf(ledger.store, "rehearsal")
    assert shelf.ran("sha256:old")
    assert shelf.ran("pin-1")
    assert not shelf.ran("sha256:never")
