"""A file enters the cache whole and with the right digest, or not at all."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from colonnade.registry.models.entry import ModelFile
from colonnade.registry.models.stamp import Stamps


class SourceFailed(Exception):
    """A source did not deliver; the text says why, for the list of what was tried."""


@dataclass(slots=True)
class Intake:
    """Takes blocks of bytes and hashes them; `keep` moves the file to `place` if they were the right ones."""

    file: ModelFile
    stream: BinaryIO
    path: Path
    place: Path
    stamps: Stamps
    taken: int = 0
    _hash: Any = field(default_factory=hashlib.sha256)

    def write(self, block: bytes) -> None:
        """Take a block.

        Raises:
            SourceFailed: more came than the file has; the rest is not worth reading.
        """
        self.taken += len(block)
        if self.taken > self.file.bytes:
            raise SourceFailed(f"it delivers more than the {self.file.bytes} bytes of {self.file.name}")
        self._hash.update(block)
        self.stream.write(block)

    def keep(self) -> Path:
        """Move the file to its place: after this it survives a power cut, before it never was there.

        Raises:
            SourceFailed: the digest is another one; expected and got are named.
        """
        got: str = self._hash.hexdigest()
        if got != self.file.sha256:
            raise SourceFailed(
                f"wrong digest: expected sha256 {self.file.sha256} ({self.file.bytes} bytes), "
                f"got {got} ({self.taken} bytes)"
            )
        self.stream.flush()
        os.fsync(self.stream.fileno())
        self.place.parent.mkdir(parents=True, exist_ok=True)
        self.path.replace(self.place)
        _sync(self.place.parent)
        self.stamps.keep(self.place, got)
        return self.place


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
