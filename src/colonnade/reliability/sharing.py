"""The workers of one host know the same about their upstreams, through a page of memory and locks that die with a process.

Every place is one machine word of 64 bits: it is read without a lock, and written as a whole, so that nobody sees half of
it. Whoever changes a word holds the lock of its place; no lock is ever waited for. The kernel takes a lock back when
the process that holds it ends, whatever it died of.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import sys
import weakref
from array import array
from pathlib import Path
from typing import Protocol

_WORD = 8
_FLOCK = "hhqqi4x"
"""`struct flock` of Linux on 64 bits: type, whence, start, length, pid."""


class Board(Protocol):
    """Words that several workers see. `words` is indexed by place; 0 is what everything begins with."""

    words: memoryview

    def acquire(self, place: int) -> bool:
        """Whether the lock of the place is ours now; never waits. Not to be taken twice."""

    def release(self, place: int) -> None:
        """Give the lock of the place back."""


class PrivateBoard:
    """The board of a worker that is alone."""

    def __init__(self, size: int) -> None:
        self.words = memoryview(array("q", bytes(max(1, size) * _WORD)))
        self._held: set[int] = set()

    def acquire(self, place: int) -> bool:
        """Whether nobody in this process holds it."""
        if place in self._held:
            return False
        self._held.add(place)
        return True

    def release(self, place: int) -> None:
        """Give it back."""
        self._held.discard(place)


class SharedBoard:
    """A board in a file that all workers map. Open it in the process that uses it, not before a fork.

    Locks belong to the open file (`F_OFD_SETLK` of Linux), so that two boards of one process exclude each other, too;
    elsewhere they belong to the process.

    Raises:
        OSError: the file cannot be made.
    """

    def __init__(self, path: Path, size: int) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        length = max(1, size) * _WORD
        if os.fstat(self._file).st_size < length:
            os.ftruncate(self._file, length)  # the new end is zeros, which is how every word begins
        self._map = mmap.mmap(self._file, length)
        self.words = memoryview(self._map).cast("q")
        self._held: set[int] = set()
        self._closing = weakref.finalize(self, os.close, self._file)

    def acquire(self, place: int) -> bool:
        """Whether no worker holds it."""
        if place in self._held or not self._lock(place, fcntl.F_WRLCK):
            return False
        self._held.add(place)
        return True

    def release(self, place: int) -> None:
        """Give it back."""
        self._held.discard(place)
        self._lock(place, fcntl.F_UNLCK)

    def close(self) -> None:
        """Let go of everything; what stands on the board stays."""
        self.words.release()
        self._map.close()
        self._closing()

    def _lock(self, place: int, kind: int) -> bool:
        try:
            if sys.platform == "linux":
                fcntl.fcntl(
                    self._file, fcntl.F_OFD_SETLK, struct.pack(_FLOCK, kind, os.SEEK_SET, place, 1, 0)
                )
            else:
                way = fcntl.LOCK_UN if kind == fcntl.F_UNLCK else fcntl.LOCK_EX | fcntl.LOCK_NB
                fcntl.lockf(self._file, way, 1, place)
        except (BlockingIOError, PermissionError):
            return False
        return True
