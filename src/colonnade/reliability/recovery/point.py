"""A point is one finished backup: what it holds, piece by piece, and what must be found after a restore."""

from __future__ import annotations

from typing import Literal

import msgspec

from colonnade.reliability.recovery.inventory import Kind


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a backup. `sha256` is of the whole file; `pieces` name its bytes in order; `mode` as in chmod."""

    name: str
    kind: Kind
    size: int
    mode: int
    sha256: str
    pieces: tuple[str, ...]


class Point(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One backup of one store. Times are seconds since the epoch; `rows` counts the rows of each table.

    `began_at` is the moment that a restore brings back: what was written later may be missing.
    """

    format: Literal[1] = 1
    id: str
    store: str
    workload: str
    workload_digest: str
    began_at: float
    finished_at: float
    copies: tuple[Copy, ...]
    rows: dict[str, int] = {}

    @property
    def size(self) -> int:
        """Bytes that it holds, before compression."""
        return sum(copy.size for copy in self.copies)

    @property
    def pieces(self) -> frozenset[str]:
        """Names of all its pieces."""
        return frozenset(name for copy in self.copies for name in copy.pieces)
