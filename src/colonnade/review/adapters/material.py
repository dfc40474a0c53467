"""Material is a file as it was given, bounded in size, and its JSON or YAML bounded in depth."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Material:
    """One file: `name` relative to what was given, its bytes, and the place it was read from."""

    name: str
    data: bytes
    path: Path

    @property
    def digest(self) -> str:
        """`sha256:...` of the bytes."""
        return "sha256:" + hashlib.sha256(self.data).hexdigest()
