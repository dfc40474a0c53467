"""The drill `data-rollback`: on a scratch copy, an index goes one version forward and back again."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from colonnade.assembly.preparation import SearchModels
from colonnade.errors import SetupError
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.knowledge.collection import Collection, open_collection
from colonnade.registry.models import ModelStore
from colonnade.reliability.evidence import DataRollback
from colonnade.store import open_store
from colonnade.workload.folder import Workload

QUERIES = 10
Results = list[tuple[str, ...]]


async def data_rollback(workload: Workload, scope: Scope) -> Record:
    """Index a copy of the documents, take some away, index again, roll back, and compare the results.

    Raises:
        SetupError: there are too few documents, or the model for searching is not here.
    """
    started = time.monotonic()
    name, entry = next(iter(workload.specification.knowledge.items()))
    with tempfile.TemporaryDirectory(dir=workload.state) as place:
        scratch = Path(place)
        documents = scratch / entry.folder
        shutil.copytree(workload.folder / entry.folder, documents)
        store = open_store(scratch / "state")
        try:
            models = SearchModels(ModelStore().ensure_all([entry.embedding])).of(entry.embedding, None)
            collection = open_collection(
                name, entry, folder=scratch, state=scratch / "state", connect=store.connection, models=models
            )
            try:
                first, forward, back = await _there_and_back(collection, documents)
            finally:
                collection.close()
        finally:
            store.close()
    view = DataRollback(
        queries=len(first),
        changed_forward=sum(a != b for a, b in zip(first, forward, strict=True)),
        same_after_rollback=sum(a == b for a, b in zip(first, back, strict=True)),
        seconds=time.monotonic() - started,
    )
    return scope.record(view, kind="drill", source="drill", collector="reliability.rollback@1", n=len(first))


async def _there_and_back(collection: Collection, documents: Path) -> tuple[Results, Results, Results]:
    files = await asyncio.to_thread(_files, documents)
    if len(files) < 2:
        raise SetupError("a rollback needs at least two documents: with one there is nothing to take away")
    questions = [path.stem.replace("-", " ").replace("_", " ") for path in files[:QUERIES]]
    before = (await asyncio.to_thread(collection.refresh)).switch.after
    first = await _results(collection, questions)
    await asyncio.to_thread(_take_away, files[::2])
    await asyncio.to_thread(collection.refresh)
    forward = await _results(collection, questions)
    await asyncio.to_thread(collection.activate, before)
    return first, forward, await _results(collection, questions)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _take_away(files: Sequence[Path]) -> None:
    for path in files:
        path.unlink()


async def _results(collection: Collection, questions: Sequence[str]) -> Results:
    found = [await collection.retriever.retrieve(question) for question in questions]
    return [tuple(f"{passage.id} {passage.score:.6f}" for passage in one.passages) for one in found]
