"""A real encrypted store, a small folder of documents, and a collection over both."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hashing_models import HashingEncoder, OpenCollection, OverlapReranker

from colonnade.knowledge.collection import Collection, Models, open_collection
from colonnade.store import Store, open_store
from colonnade.workload.sections.serving import Knowledge

GUIDE = """# Guide

## Budgets
A budget caps what a team spends in a month. Warnings go out at half and at eighty percent.

## Rollback
A release is rolled back when its canary fails. The rollback takes two minutes at most.

## Carbon
Energy is metered per request. Carbon follows from the region where the request ran.
"""

NOTES = """The office plants are watered on Fridays.

Coffee beans come from a roaster in Lyon.
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "state")
    yield opened
    opened.close()


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "workload" / "knowledge"
    folder.mkdir(parents=True)
    (folder / "guide.md").write_text(GUIDE)
    (folder / "notes.txt").write_text(NOTES)
    return folder


@pytest.fixture
def encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture
def open_one(store: Store, documents: Path) -> Iterator[OpenCollection]:
    opened: list[Collection] = []

    def open_it(encoder: HashingEncoder, name: str = "handbook", reranker: bool = True) -> Collection:
        models = Models(encoder, OverlapReranker() if reranker else None)
        collection = open_collection(
            name,
            Knowledge(),
            folder=documents.parent,
            state=store.state,
            connect=store.connection,
            models=models,
        )
        opened.append(collection)
        return collection

    yield open_it
    for collection in opened:
        collection.close()


@pytest.fixture
def collection(open_one: OpenCollection, encoder: HashingEncoder) -> Collection:
    return open_one(encoder)
