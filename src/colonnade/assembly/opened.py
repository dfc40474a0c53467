"""A workload folder opened for looking and writing evidence: loaded, its store unlocked, its shelf at hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from colonnade.assembly.stored import KnowledgeShelf
from colonnade.evidence.ledger import Ledger
from colonnade.registry.folder import load_workload
from colonnade.store import open_store
from colonnade.workload.folder import Workload


@contextmanager
def opened(folder: Path) -> Iterator[tuple[Workload, Ledger, KnowledgeShelf]]:
    """The workload, its ledger and its shelf; the store is closed afterwards.

    Raises:
        FaultyWorkload: with every fault of the folder.
        KeyUnusable: the store's key is wrong, lost or damaged.
    """
    workload = load_workload(folder)
    store = open_store(workload.state)
    try:
        yield workload, Ledger(store), KnowledgeShelf(workload, store)
    finally:
        store.close()
