"""Commands open the ledger of a workload folder in one way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from colonnade.errors import SetupError
from colonnade.evidence.ledger import Ledger
from colonnade.store import open_store
from colonnade.store.datakey import DATABASE_NAME


@contextmanager
def open_ledger(folder: Path, *, to_read: bool = False) -> Iterator[Ledger]:
    """The ledger of a workload folder, closed afterwards.

    Args:
        folder: the workload folder.
        to_read: refuse where nothing is recorded yet, instead of beginning an empty ledger.

    Raises:
        SetupError: there is no workload, or it never ran here.
        KeyUnusable: the data key is wrong, lost or damaged.
    """
    if not (folder / "workload.yaml").is_file():
        raise SetupError(f"there is no workload.yaml in {folder.resolve()}: name the folder with --workload")
    state = folder / ".colonnade"
    if to_read and not (state / DATABASE_NAME).is_file():
        raise SetupError(f"nothing is recorded in {state} yet: start the workload with `colonnade up`")
    store = open_store(state)
    try:
        yield Ledger(store)
    finally:
        store.close()
