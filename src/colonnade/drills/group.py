"""Experiments of one blast group run one at a time on a machine, and begin by taking back what a killed one left behind."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from colonnade.drills.undo import Entry, Undoing, UndoJournal
from colonnade.errors import ColonnadeError


class GroupBusy(ColonnadeError):
    """Another drill of the same blast group is under way."""

    def __init__(self, group: str) -> None:
        super().__init__(
            f"another drill of the group `{group}` is under way on this machine; wait for its end"
        )


def drills_folder(state: Path) -> Path:
    """Where drills keep locks, undo journals, series and charts; for the owner alone, made if it is missing."""
    folder = state / "drills"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@contextmanager
def held(folder: Path, group: str, kinds: Mapping[str, Undoing]) -> Iterator[UndoJournal]:
    """The undo journal of a group, which is locked meanwhile; whatever was left open in it has been taken back.

    The lock ends with the process that holds it.

    Raises:
        GroupBusy: another process holds it.
        SetupError: something cannot be taken back.
    """
    with _locked(folder / f"{group}.lock") as mine:
        if not mine:
            raise GroupBusy(group)
        journal = UndoJournal(folder / f"{group}.undo.json", kinds)
        journal.replay()
        yield journal


def restore(folder: Path, kinds: Mapping[str, Undoing]) -> Sequence[Entry]:
    """Take back what killed drills left behind, in every group that no drill holds now; what was taken back.

    Raises:
        SetupError: something cannot be taken back.
    """
    taken: list[Entry] = []
    for file in sorted(folder.glob("*.undo.json")):
        with _locked(file.with_name(file.name.removesuffix(".undo.json") + ".lock")) as mine:
            if mine:
                taken += UndoJournal(file, kinds).replay()
    return taken


@contextmanager
def _locked(file: Path) -> Iterator[bool]:
    """Whether the lock is ours; never waited for."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        yield False
        return
    try:
        yield True
    finally:
        os.close(descriptor)
