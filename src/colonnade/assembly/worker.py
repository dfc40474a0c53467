"""A gateway may run as several worker processes that share one port and one store; each knows its number."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Worker:
    """`number` of `workers`, from 1. The first one does what must be done once: deleting, noting what is bound.

    `keeper` says that a process of its own carries the journal into the ledger.
    """

    number: int = 1
    workers: int = 1
    keeper: bool = False

    @property
    def first(self) -> bool:
        """Whether this worker does what must be done once."""
        return self.number == 1

    @property
    def alone(self) -> bool:
        """Whether there is no other worker."""
        return self.workers == 1


def run_folder(state: Path) -> Path:
    """Where workers leave word for each other, readable by the owner alone; made if it is missing."""
    folder = state / "run"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
