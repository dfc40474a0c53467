"""Ranges of a file are locked among workers, and the kernel takes a dead worker's locks away.

The locks belong to the open file (`F_OFD_SETLK`), not to the process: two openings exclude each other within one
process too, and closing one of them does not drop the locks of the other.
"""

from __future__ import annotations

import fcntl
import os
import struct


class Lock:
    """The lock of one byte of an open file; `with` it to hold it. About 2 microseconds."""

    __slots__ = ("_descriptor", "_free", "_take")

    def __init__(self, descriptor: int, byte: int) -> None:
        self._descriptor = descriptor
        self._take = _range(fcntl.F_WRLCK, byte)
        self._free = _range(fcntl.F_UNLCK, byte)

    def __enter__(self) -> None:
        fcntl.fcntl(self._descriptor, fcntl.F_OFD_SETLKW, self._take)

    def __exit__(self, *_: object) -> None:
        self.free()

    def try_take(self) -> bool:
        """Whether it was free; it is held then."""
        try:
            fcntl.fcntl(self._descriptor, fcntl.F_OFD_SETLK, self._take)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def free(self) -> None:
        """Let others have it."""
        fcntl.fcntl(self._descriptor, fcntl.F_OFD_SETLK, self._free)


def _range(kind: int, byte: int) -> bytes:
    return struct.pack("hhqqi4x", kind, os.SEEK_SET, byte, 1, 0)
