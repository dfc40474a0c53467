"""A file that was hashed once and did not change since is not hashed again at every start.

A stamp saves time and proves nothing: whoever can write the cache can forge one. Therefore what loads weights
hashes them again at that moment (`gateway/upstream/embedded/child.py`, `knowledge/encoders.py`).
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import msgspec


class Stamp(msgspec.Struct, frozen=True):
    """What a file looked like when it was hashed."""

    path: str
    sha256: str
    bytes: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Stamps:
    """Stamps of files, one a path, in a folder of their own."""

    folder: Path

    def holds(self, path: Path, sha256: str) -> bool:
        """Whether this file had this digest and looks unchanged."""
        try:
            seen = msgspec.json.decode(self._place(path).read_bytes(), type=Stamp)
            return seen == _look(path, sha256)
        except (OSError, msgspec.DecodeError):
            return False

    def keep(self, path: Path, sha256: str) -> None:
        """Remember that this file has this digest; a folder that cannot be written only costs time later."""
        place = self._place(path)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            unfinished = place.with_suffix(f".{os.getpid()}")
            unfinished.write_bytes(msgspec.json.encode(_look(path, sha256)))
            unfinished.replace(place)
        except OSError:
            return

    def _place(self, path: Path) -> Path:
        return self.folder / (hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:32] + ".json")


def _look(path: Path, sha256: str) -> Stamp:
    status = path.stat()
    return Stamp(str(path.absolute()), sha256, status.st_size, status.st_mtime_ns, status.st_ino)


def sha256_of(path: Path) -> str:
    """The digest of a file's bytes, about 0.6 GB a second."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
