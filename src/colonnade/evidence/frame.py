"""A spool segment is a row of sealed frames: a torn end is seen, a damaged frame costs only itself.

    segment = magic (16 bytes) · salt (32) · frame*
    frame   = index (4) · length (4) · CRC-32 of both (4) · AES-256-GCM ciphertext (length)

The key is derived from the spool key and the segment's random salt; the nonce is the frame's index. A segment
has one writer, is never reopened for writing, and an index is never used twice: so no nonce ever is.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"colonnade spool1"
SALT_BYTES = 32
START = len(MAGIC) + SALT_BYTES
HEADER = struct.Struct(">III")
TAG_BYTES = 16
LONGEST = 512 * 2**20

_CHUNK = 2**20
_PLACE = struct.Struct(">II")

Derive = Callable[[bytes], bytes]
"""Salt of a segment -> its key."""


class Frame(NamedTuple):
    """A frame as read: `payload` is None where it is damaged."""

    number: int
    payload: bytes | None


def nonce(index: int) -> bytes:
    """The 12 bytes that only this frame of its segment has."""
    return index.to_bytes(12, "big")


def sealed(cipher: AESGCM, index: int, payload: bytes) -> bytes:
    """The bytes of one frame."""
    body = cipher.encrypt(nonce(index), payload, None)
    place = _PLACE.pack(index, len(body))
    return b"%b%b%b" % (place, zlib.crc32(place).to_bytes(4, "big"), body)


class SegmentReader:
    """Reads a segment from where it last stopped; a frame that is not there in full is left for later."""

    def __init__(self, path: Path, derive: Derive) -> None:
        self.path = path
        self.position = START
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        head = os.pread(self._descriptor, START, 0)
        self.readable = len(head) == START and head.startswith(MAGIC)
        self._cipher = AESGCM(derive(head[len(MAGIC) :]))

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def frames(self) -> Iterator[Frame]:
        """Every further frame that is complete."""
        while self.readable:
            window = os.pread(self._descriptor, _CHUNK, self.position)
            found = _find_header(window, 0)
            if found is None:
                if len(window) < _CHUNK:
                    return
                self.position += _CHUNK - HEADER.size + 1
                yield Frame(-1, None)
                continue
            needed = found[0] + HEADER.size + found[2]
            if needed > len(window):
                window = os.pread(self._descriptor, needed, self.position)
            if needed > len(window):
                return
            yield from self._within(window)

    def remainder(self) -> int:
        """Bytes behind the last complete frame: 0, or a torn frame."""
        return os.fstat(self._descriptor).st_size - self.position

    def _within(self, window: bytes) -> Iterator[Frame]:
        start = 0
        while (found := _find_header(window, start)) is not None:
            at, index, length = found
            end = at + HEADER.size + length
            if end > len(window):
                return
            if at > start:  # bytes that no header announces: the frame that stood here is lost
                self.position += at - start
                yield Frame(max(index - 1, 0), None)
            self.position += end - at
            yield self._opened(index, window[at + HEADER.size : end])
            start = end

    def _opened(self, index: int, body: bytes) -> Frame:
        try:
            return Frame(index, self._cipher.decrypt(nonce(index), body, None))
        except InvalidTag:
            return Frame(index, None)


def _find_header(window: bytes, start: int) -> tuple[int, int, int] | None:
    """The first place from `start` on where a header with a right checksum stands: (place, index, length)."""
    for at in range(start, len(window) - HEADER.size + 1):
        index, length, checksum = HEADER.unpack_from(window, at)
        if checksum == zlib.crc32(window[at : at + _PLACE.size]) and TAG_BYTES <= length <= LONGEST:
            return at, index, length
    return None
