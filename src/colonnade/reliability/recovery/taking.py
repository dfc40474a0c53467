"""A backup is taken from a running workload: each part is read at one moment, cut into pieces, and stored once."""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

from colonnade.errors import SetupError
from colonnade.reliability.recovery.inventory import Part
from colonnade.reliability.recovery.point import Copy, Point
from colonnade.reliability.recovery.sealing import CHUNK
from colonnade.reliability.recovery.vault import Vault
from colonnade.store.durable import make_folder

Progress = Callable[[str, int, int], None]
"""Told before each part: its name, its number from 1, and how many there are."""
CopyOfDatabase = Callable[[Path], dict[str, int]]
"""Copies the database to a path; the rows of its tables in the copy."""


class Kept(NamedTuple):
    """What came of a backup: the point, the bytes that were new to the vault, and files that vanished meanwhile."""

    point: Point
    written: int
    vanished: tuple[str, ...]


class Subject(NamedTuple):
    """Of what a backup is taken: names, the workload's digest, the parts, and how its database is copied."""

    store: str
    workload: str
    workload_digest: str
    parts: Sequence[Part]
    copy_database: CopyOfDatabase
    scratch: Path


def take(subject: Subject, vault: Vault, clock: Callable[[], float], progress: Progress) -> Kept:
    """Take one backup. It exists only when its last byte does; killed before, it leaves pieces that are swept.

    Raises:
        SetupError: a part cannot be read, or the vault cannot be written.
    """
    began = clock()
    with _scratch(subject.scratch) as scratch:
        copies, vanished, written = [], [], 0
        rows: dict[str, int] = {}
        for number, part in enumerate(subject.parts, start=1):
            progress(part.name, number, len(subject.parts))
            path = part.path
            if part.kind == "database":
                path = scratch / path.name
                rows = subject.copy_database(path)
            try:
                copy, new = _stored(part, path, vault)
            except FileNotFoundError:
                vanished.append(part.name)  # carried home, rotated away: it is in what is read later
                continue
            copies.append(copy)
            written += new
    point = Point(
        id=_name(began),
        store=subject.store,
        workload=subject.workload,
        workload_digest=subject.workload_digest,
        began_at=began,
        finished_at=clock(),
        copies=tuple(copies),
        rows=rows,
    )
    vault.keep(point)
    return Kept(point, written, tuple(vanished))


def _stored(part: Part, path: Path, vault: Vault) -> tuple[Copy, int]:
    digest, pieces, size, written = hashlib.sha256(), [], 0, 0
    try:
        with path.open("rb") as file:
            mode = path.stat().st_mode & 0o777
            for piece in _cut(file):
                digest.update(piece)
                name, new = vault.put(piece)
                pieces.append(name)
                size += len(piece)
                written += new
    except FileNotFoundError:
        raise
    except OSError as error:
        raise SetupError(f"{path} cannot be read for the backup: {error.strerror}") from error
    copy = Copy(
        name=part.name, kind=part.kind, size=size, mode=mode, sha256=digest.hexdigest(), pieces=tuple(pieces)
    )
    return copy, written


def _cut(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(CHUNK):
        yield piece


def _name(at: float) -> str:
    """Sorted by name is sorted by time."""
    return f"{datetime.fromtimestamp(at, UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A private folder for the copy of the database; what an interrupted backup left there goes first."""
    shutil.rmtree(folder, ignore_errors=True)
    make_folder(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
