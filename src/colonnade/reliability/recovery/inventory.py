"""An inventory names every file that a backup must hold, in the order in which they may be read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from colonnade.errors import SetupError
from colonnade.store.copy import database_of

Kind = Literal["database", "file"]

_PASSING = frozenset({"run", "logs", "copies"})
"""Folders of the state that say nothing after a restart."""
_FIRST = ("state/spool/", "state/checkpoints")


@dataclass(frozen=True, slots=True)
class Part:
    """One file: its name in the backup, how it is read, and where it is."""

    name: str
    kind: Kind
    path: Path


def workload_parts(folder: Path, state: Path) -> list[Part]:
    """Every part of a workload: its spool, its checkpoints, its database, the rest of its state, and its folder.

    The order matters. A frame of the spool is deleted once the database has it: whoever copies the spool first has
    each frame at least once. A checkpoint says how far the ledger reached: a copy of the ledger must reach as far.
    What the database names in other files was written before, so those come later.
    """
    database = Part("state/colonnade.db", "database", database_of(state))
    found = list(_files(state, "state", beside=database.path))
    first = [part for part in found if part.name.startswith(_FIRST)]
    others = [part for part in found if part not in first]
    own = [part for part in _files(folder, "workload") if state not in part.path.parents]
    databases = [database] if database.path.exists() else []
    return [*first, *databases, *others, *own]


def folder_parts(folder: Path) -> list[Part]:
    """Every file of a folder.

    Raises:
        SetupError: there is no such folder.
    """
    if not folder.is_dir():
        raise SetupError(
            f"the folder {folder} of `data.stores` is not there: mount it, or correct its `path`"
        )
    return list(_files(folder, "files"))


def _files(folder: Path, prefix: str, beside: Path | None = None) -> Iterator[Part]:
    for place, folders, files in os.walk(folder):
        here = Path(place)
        folders[:] = sorted(name for name in folders if not _passing(here / name, folder, prefix))
        for name in sorted(files):
            path = here / name
            if path.is_file() and not path.is_symlink() and not _momentary(path, beside):
                yield Part(f"{prefix}/{path.relative_to(folder).as_posix()}", "file", path)


def _passing(path: Path, folder: Path, prefix: str) -> bool:
    if path.name in {".git", "__pycache__", ".venv"}:
        return True
    return prefix == "state" and path.parent == folder and path.name in _PASSING


def _momentary(path: Path, beside: Path | None) -> bool:
    """Locks, drafts, and what SQLite keeps beside a database, which is copied by its own means."""
    if path.name == "lock" or path.suffix == ".lock" or path.name.startswith("."):
        return True
    return beside is not None and path.parent == beside.parent and path.name.startswith(beside.name)
