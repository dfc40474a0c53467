"""Each process writes its own encrypted spool; what a killed process leaves behind can be claimed by the next.

A writer has a folder of its own under `spool/` and holds the lock in it while it lives. A folder whose lock is
free belongs to a process that died.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import shutil
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from colonnade.evidence.frame import MAGIC, SALT_BYTES, START, Derive, sealed
from colonnade.store.durable import make_folder, sync_folder

SEGMENT_BYTES = 16 * 2**20
_DRAFT = ".draft-"
_DAMAGED = "damaged"
_FOLLOWED = "followed"
_STALE_S = 3600.0


@dataclass(frozen=True, slots=True)
class Claim:
    """A writer's folder, locked by this process; with the lock -1 its writer lives, and it is only read."""

    folder: Path
    lock: int

    def segments(self) -> list[Path]:
        """Its segments, oldest first."""
        return sorted(self.folder.glob("*.seg"))

    def release(self) -> None:
        """Let go of the lock; what is in the folder stays for the next claim."""
        if self.lock >= 0:
            os.close(self.lock)

    def discard(self) -> None:
        """Remove the folder, whose contents are all in the ledger."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.release()

    def set_aside(self, segment: Path) -> Path:
        """Keep a damaged segment for inspection, out of the way of later starts."""
        aside = make_folder(self.folder.parent / _DAMAGED) / f"{self.folder.name}-{segment.name}"
        segment.replace(aside)
        return aside


def claim_new(root: Path, *, kept_elsewhere: bool = False) -> Claim:
    """A fresh folder; its lock is held before its final name is there to be seen.

    `kept_elsewhere` marks it for the keeper, who follows it while its writer lives.
    """
    name = f"{int(time.time()):x}-{secrets.token_hex(6)}"
    draft = make_folder(make_folder(root) / f"{_DRAFT}{name}")
    lock = os.open(draft / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    if kept_elsewhere:
        (draft / _FOLLOWED).touch()
    draft.rename(root / name)
    return Claim(root / name, lock)


def followed(root: Path) -> list[Path]:
    """Folders that their writers marked for the keeper, oldest first."""
    return sorted(mark.parent for mark in root.glob(f"*/{_FOLLOWED}"))


def claim_abandoned(root: Path) -> Iterator[Claim]:
    """Folders of processes that died, one after the other; each is ours until released or discarded."""
    if not root.exists():
        return
    for folder in sorted(root.iterdir()):
        if folder.name.startswith(_DRAFT):
            _forget_draft(folder)
        elif folder.name != _DAMAGED and folder.is_dir():
            claim = try_claim(folder)
            if claim is not None:
                yield claim


def damaged_segments(root: Path) -> tuple[str, ...]:
    """Names of the segments that were set aside."""
    return tuple(sorted(path.name for path in (root / _DAMAGED).glob("*.seg")))


def try_claim(folder: Path) -> Claim | None:
    """The folder, if its writer is no more."""
    try:
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return Claim(folder, lock)


def _forget_draft(folder: Path) -> None:
    with suppress(OSError):
        if time.time() - folder.stat().st_mtime > _STALE_S:
            shutil.rmtree(folder)


class SpoolWriter:
    """Appends frames with one plain write each; used by one thread, the event loop's.

    What was written survives the death of the process at once, and that of the host after `sync`.
    """

    def __init__(
        self, claim: Claim, derive: Derive, *, durable: bool, segment_bytes: int = SEGMENT_BYTES
    ) -> None:
        self._claim = claim
        self._derive = derive
        self._durable = durable
        self._segment_bytes = segment_bytes
        self._unsynced: deque[int] = deque()
        self._descriptor = -1
        self.number = 0
        self.written = 0
        self._begin()

    @property
    def place(self) -> tuple[int, int]:
        """The segment that is being written, and how far."""
        return self.number, self._size

    def append(self, payload: bytes) -> None:
        """Write one frame whole or not at all; raises OSError."""
        if self._size >= self._segment_bytes:
            self._rotate()
        frame = sealed(self._cipher, self._index, payload)
        self._index += 1  # also when the write fails: an index is a nonce and is never used twice
        written = os.write(self._descriptor, frame)
        if written < len(frame):
            os.ftruncate(self._descriptor, self._size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._size += written
        self.written += written

    def sync(self) -> None:
        """Flush everything written so far to the disk; called off the event loop, one at a time."""
        current = self._descriptor
        flushed = set()
        while self._unsynced:
            descriptor = self._unsynced.popleft()
            os.fdatasync(descriptor)
            os.close(descriptor)
            flushed.add(descriptor)
        if current not in flushed:
            os.fdatasync(current)
        sync_folder(self._claim.folder)

    def close(self) -> None:
        """Close the files; nothing can be appended any more."""
        for descriptor in (*self._unsynced, self._descriptor):
            os.close(descriptor)
        self._unsynced.clear()
        self._descriptor = -1  # the number may be given to another file, which must not get our frames

    def _rotate(self) -> None:
        finished = self._descriptor
        self._begin()
        if self._durable:
            self._unsynced.append(finished)
        else:
            os.close(finished)

    def _begin(self) -> None:
        """Start the next segment under a key of its own; the current one stays if that fails."""
        salt = secrets.token_bytes(SALT_BYTES)
        path = self._claim.folder / f"{self.number + 1:08d}.seg"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
        if os.write(descriptor, MAGIC + salt) < START:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._cipher = AESGCM(self._derive(salt))
        self._descriptor = descriptor
        self._index = 0
        self._size = START
        self.number += 1
