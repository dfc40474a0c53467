"""The keeper as a process: it carries the journals of one workload's gateway workers into the ledger until told to stop."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from colonnade.evidence.keeper import Keeper
from colonnade.evidence.ledger import Ledger
from colonnade.gateway.heart import BEAT_S, Heart
from colonnade.store import open_store
from colonnade.workload.folder import state_of

LONGEST_ROUND_S = 120.0
NICE = 2
"""How far the keeper steps back behind the event loops, which people wait for."""


@dataclass(slots=True)
class Rounds:
    """The heart beats in a thread, since one round over a large backlog may take long; but not for ever."""

    heart: Heart
    began: float = field(default_factory=time.monotonic)

    def start(self) -> None:
        """Begin to beat."""
        threading.Thread(target=self._beat, name="heart", daemon=True).start()

    def next(self) -> bool:
        """A round begins; always False."""
        self.began = time.monotonic()
        return False

    def _beat(self) -> None:
        while True:
            if time.monotonic() - self.began < LONGEST_ROUND_S:
                self.heart.beat()
            time.sleep(BEAT_S)


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
    rounds = Rounds(Heart.found())
    rounds.start()
    store = open_store(state_of(folder))
    try:
        Keeper(Ledger(store)).run(lambda: rounds.next() or stopping.is_set())
    finally:
        store.close()
