"""Commands that read the journal open it in one way, and say plainly when there is none yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from colonnade.errors import SetupError
from colonnade.evidence.ledger import Ledger
from colonnade.store import open_store
from colonnade.store.datakey import DATABASE_NAME
from colonnade.workload.folder import Workload


@contextmanager
def opened_ledger(workload: Workload) -> Iterator[Ledger]:
    """The ledger of a workload, closed afterwards.

    Raises:
        SetupError: the workload never ran here.
        KeyUnusable: the data key is wrong or lost.
    """
    if not (workload.state / DATABASE_NAME).is_file():
        raise SetupError(
            f"nothing is recorded in {workload.state} yet: start the workload with `colonnade up`"
        )
    store = open_store(workload.state)
    try:
        yield Ledger(store)
    finally:
        store.close()
