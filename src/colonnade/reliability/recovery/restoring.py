"""A restore puts every file of a backup back, byte by byte the same, and shows the folder only when it is whole."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from pathlib import Path, PurePosixPath

from colonnade.errors import SetupError
from colonnade.reliability.recovery.point import Copy, Point
from colonnade.reliability.recovery.taking import Progress
from colonnade.reliability.recovery.vault import Vault
from colonnade.store.durable import make_folder, sync_folder

_DRAFT = ".restoring-"
STATE = ".colonnade"
"""Where the state of a workload lies in its folder."""


def restore(vault: Vault, point: Point, to: Path, progress: Progress) -> None:
    """Put a backup into the folder `to`, which must not exist or be empty.

    It is built beside `to` and renamed at the end: whoever is interrupted leaves no half folder under that name.

    Raises:
        SetupError: `to` is in use, a piece is missing or altered, or the disk cannot be written.
    """
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise SetupError(f"{to} is not empty: a restore never writes over anything; name another folder")
    draft = to.with_name(f"{_DRAFT}{to.name}-{secrets.token_hex(3)}")
    _sweep(to)
    try:
        make_folder(draft)
        for number, copy in enumerate(point.copies, start=1):
            progress(copy.name, number, len(point.copies))
            _put_back(vault, copy, _place(draft, copy))
        if to.exists():
            to.rmdir()
        draft.rename(to)
        sync_folder(to.parent)
    except OSError as error:
        raise SetupError(f"{to} cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def check(vault: Vault, point: Point, progress: Progress) -> None:
    """Read every piece of a backup without writing anything; raises SetupError as `restore`."""
    for number, copy in enumerate(point.copies, start=1):
        progress(copy.name, number, len(point.copies))
        digest, size = hashlib.sha256(), 0
        for name in copy.pieces:
            piece = vault.get(name)
            digest.update(piece)
            size += len(piece)
        _hold(copy, digest.hexdigest(), size)


def _put_back(vault: Vault, copy: Copy, path: Path) -> None:
    make_folder(path.parent)
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for name in copy.pieces:
            piece = vault.get(name)
            digest.update(piece)
            size += file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    _hold(copy, digest.hexdigest(), size)
    path.chmod(copy.mode)


def _hold(copy: Copy, digest: str, size: int) -> None:
    if (digest, size) != (copy.sha256, copy.size):
        raise SetupError(f"{copy.name} does not come out of the backup as it went in: restore another backup")


def _place(draft: Path, copy: Copy) -> Path:
    """Where a file goes; a name that leads elsewhere is refused although the list was signed by the key."""
    where, _, rest = copy.name.partition("/")
    parts = PurePosixPath(rest).parts
    if not parts or ".." in parts or rest.startswith("/"):
        raise SetupError(f"the backup names a file outside of its folder: {copy.name}")
    return (draft / STATE if where == "state" else draft).joinpath(*parts)


def _sweep(to: Path) -> None:
    """What an interrupted restore into the same folder left."""
    for left in to.parent.glob(f"{_DRAFT}{to.name}-*"):
        shutil.rmtree(left, ignore_errors=True)
