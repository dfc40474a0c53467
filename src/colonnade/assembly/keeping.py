"""The keeper as a process: it carries the journals of one workload's gateway workers into the ledger until told to stop."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from types import FrameType

from colonnade.evidence.keeper import Keeper
from colonnade.evidence.ledger import Ledger
from colonnade.store import open_store
from colonnade.workload.folder import state_of

NICE = 2
"""How far the keeper steps back behind the event loops, which people wait for."""


def keep(folder: Path) -> None:
    """Carry until SIGTERM or SIGINT; blocks.

    Raises:
        KeyUnusable, SetupError: the store cannot be opened.
    """
    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of handlers
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    os.nice(NICE)
    store = open_store(state_of(folder))
    try:
        Keeper(Ledger(store)).run(stopping.is_set)
    finally:
        store.close()
