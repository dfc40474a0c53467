"""Backups of a workload are made, listed, read again and restored."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from colonnade.assembly.opened import opened
from colonnade.errors import SetupError
from colonnade.evidence.change import Change, operator
from colonnade.evidence.ledger import Ledger
from colonnade.registry.folder import load_workload
from colonnade.reliability.recovery.collect import CHANGE
from colonnade.reliability.recovery.inventory import Part, folder_parts, workload_parts
from colonnade.reliability.recovery.objectives import objectives
from colonnade.reliability.recovery.point import Point
from colonnade.reliability.recovery.protection import exposure
from colonnade.reliability.recovery.restoring import check, restore
from colonnade.reliability.recovery.retention import superfluous
from colonnade.reliability.recovery.taking import Kept, Progress, Subject, take
from colonnade.reliability.recovery.vault import Vault
from colonnade.store import custody_of, open_store
from colonnade.store.copy import copy_database, database_of, rows_of
from colonnade.store.custody import Custody, KeyFile
from colonnade.store.durable import locked
from colonnade.workload.folder import Workload, state_of
from colonnade.workload.sections.recovery import Backup, DataStore
from colonnade.workload.specification import Specification

WORKLOAD = "colonnade"
"""The kind of store that is the workload itself."""


def _silent(name: str, number: int, count: int) -> None:
    """Nobody looks on."""


@dataclass(frozen=True, slots=True)
class Made:
    """One finished backup: where, what, the bytes that were new, and how many older ones and pieces went."""

    store: str
    kept: Kept
    forgotten: int
    swept: int


@dataclass(frozen=True, slots=True)
class Restored:
    """A finished restore: from which point, where to, in how many seconds, and what was found there."""

    point: Point
    to: Path
    seconds: float
    rows: dict[str, int]
    intact: bool


def back_up(folder: Path, progress: Progress) -> Iterator[Made]:
    """Make one backup of each store, read it again, note it in the ledger, and let old ones go.

    Raises:
        SetupError: no vault is declared, or a store or the vault cannot be used.
    """
    with opened(folder) as (workload, ledger, _), locked(workload.state / "backup.lock"):
        backup = declared(workload)
        for name, store in workload.specification.data.kept.items():
            vault = vault_of(workload, name)
            kept = take(_subject(workload, ledger, name, store), vault, time.time, progress)
            check(vault, kept.point, progress)
            _note(ledger, kept, exposure(vault.url))
            old = superfluous(vault.points(), backup.keep)
            vault.forget(old)
            yield Made(name, kept, len(old), vault.sweep() if old else 0)


def back_up_for_ever(folder: Path) -> None:
    """Make backups at the declared pace until the process is told to end; a failure is a line and another try.

    Raises:
        SetupError: no vault is declared.
    """
    while True:
        workload = load_workload(folder)
        pace_s = pace(workload.specification, declared(workload))
        began = time.monotonic()
        try:
            for made in back_up(folder, _silent):
                sys.stdout.write(f"{made.kept.point.id} of {made.store}: {made.kept.written} bytes new\n")
        except SetupError as error:
            sys.stderr.write(f"no backup: {error}\n")
        sys.stdout.flush()
        time.sleep(max(1.0, pace_s - (time.monotonic() - began)))


def pace(specification: Specification, backup: Backup) -> float:
    """Seconds between two backups: as declared, or half of the shortest objective, so that one may fail."""
    return backup.every_s or min(objectives(specification).values()) / 2


def points(folder: Path) -> list[Point]:
    """Every backup of every store, oldest first."""
    return sorted(_found(folder), key=lambda point: (point.began_at, point.id))


def read_again(folder: Path, identifier: str, progress: Progress) -> Point:
    """Read every piece of one backup; raises SetupError where one is missing or altered."""
    vault, point = _named(folder, identifier)
    check(vault, point, progress)
    return point


def restore_to(folder: Path, identifier: str, to: Path, progress: Progress) -> Restored:
    """Put a backup into an empty folder and look whether it holds together.

    Args:
        folder: a workload folder that names the vault; its own state is not needed.
        identifier: name of the backup, or `latest`.
        to: where it goes.
        progress: told of each file.

    Raises:
        SetupError: the backup cannot be read, `to` is in use, or what came back differs from what went in.
    """
    began = time.monotonic()
    vault, point = _named(folder, identifier)
    restore(vault, point, to, progress)
    if not point.rows:
        return Restored(point, to, time.monotonic() - began, {}, intact=True)
    rows, intact = _looked_at(point, to)
    return Restored(point, to, time.monotonic() - began, rows, intact)


def declared(workload: Workload) -> Backup:
    """Where backups go; raises SetupError where the workload does not say."""
    backup = workload.specification.recovery.backup
    if backup is None:
        raise SetupError(
            "workload.yaml names no place for backups: set `recovery.backup.to` to a folder on another disk, or to a"
            " URL such as s3://bucket/prefix"
        )
    return backup


def vault_of(workload: Workload, store: str) -> Vault:
    """The vault of one store."""
    backup = declared(workload)
    where = (
        backup.to if "://" in backup.to else str((workload.folder / Path(backup.to).expanduser()).resolve())
    )
    if workload.state.resolve() in (Path(where), *Path(where).parents):
        raise SetupError(f"`recovery.backup.to` lies inside the state that it is to outlive: {backup.to}")
    return Vault(f"{where}/{workload.specification.name}/{store}", _custody(workload, backup))


def _custody(workload: Workload, backup: Backup) -> Custody:
    if backup.key is not None and backup.key.startswith("file:"):
        return KeyFile(workload.folder / Path(backup.key.removeprefix("file:")).expanduser())
    if backup.key is not None:
        return custody_of(workload.state, backup.key)
    return KeyFile(Path("~/.config/colonnade").expanduser() / f"backup-{workload.specification.name}.key")


def _subject(workload: Workload, ledger: Ledger, name: str, store: DataStore) -> Subject:
    return Subject(
        store=name,
        workload=workload.specification.name,
        workload_digest=workload.digest,
        parts=_parts(workload, store),
        copy_database=partial(copy_database, ledger.store),
        scratch=workload.state / "copies",
    )


def _parts(workload: Workload, store: DataStore) -> list[Part]:
    if store.kind == WORKLOAD:
        return workload_parts(workload.folder, workload.state)
    return folder_parts((workload.folder / (store.path or ".")).resolve())


def _note(ledger: Ledger, kept: Kept, exposed: str) -> None:
    point = kept.point
    details: Mapping[str, str] = {
        "began_at": repr(point.began_at),
        "bytes": str(point.size),
        "files": str(len(point.copies)),
        "checked": "yes",
        "exposed": exposed,
    }
    ledger.append_change(
        Change(
            kind=CHANGE,
            name=point.store,
            at=point.finished_at,
            actor=operator(),
            reason="backup finished and read again",
            after=point.id,
            details=dict(details),
        )
    )


def _found(folder: Path) -> Iterator[Point]:
    workload = load_workload(folder)
    for name in workload.specification.data.kept:
        yield from vault_of(workload, name).points()


def _named(folder: Path, identifier: str) -> tuple[Vault, Point]:
    """`latest` is the newest of the workload itself."""
    workload = load_workload(folder)
    for name, store in workload.specification.data.kept.items():
        vault = vault_of(workload, name)
        names = vault.names()
        if identifier == "latest" and store.kind == WORKLOAD and names:
            return vault, vault.point(names[-1])
        if identifier in names:
            return vault, vault.point(identifier)
    raise SetupError(f"there is no backup {identifier}: see `colonnade backup list`")


def _looked_at(point: Point, to: Path) -> tuple[dict[str, int], bool]:
    """The rows that came back, and whether the ledger is intact; raises SetupError where rows are missing."""
    store = open_store(state_of(to))
    try:
        rows = rows_of(database_of(store.state), store.key)
        intact = Ledger(store).verify().intact
    finally:
        store.close()
    missing = {name: count for name, count in point.rows.items() if rows.get(name, -1) != count}
    if missing:
        raise SetupError(f"the restored database has other rows than went in: {', '.join(sorted(missing))}")
    return rows, intact
