"""A workload folder opened for looking and writing evidence: loaded, its store unlocked, its shelf at hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from colonnade.assembly.stored import KnowledgeShelf
from colonnade.evidence.ledger import Ledger
from colonnade.registry.models import known_models
from colonnade.store import open_store
from colonnade.workload import Known, Workload, load


def load_workload(folder: Path) -> Workload:
    """Load the folder against the names that this installation knows.

    Raises:
        FaultyWorkload: with every fault of the folder.
    """
    return load(folder, Known(models=known_models()))


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
