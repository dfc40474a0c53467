"""Stored answers are bounded in bytes and time, and one that was altered or is too old is never served."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

_OVERHEAD_BYTES = 512
"""What an entry takes beside its bytes, roughly: object, key, digest, place in the order."""


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """A complete answer as the upstream gave it: a whole body, or all events of a stream.

    `tokens` is what making it took, `latency_ms` how long; `route` and `prompt` let entries be removed by name.
    """

    body: bytes
    digest: bytes
    expires_at: float
    answered_by: str
    tokens: int
    latency_ms: float
    route: str
    prompt: str

    @property
    def intact(self) -> bool:
        """Whether the bytes are those that were stored."""
        return digest(self.body) == self.digest

    @property
    def size(self) -> int:
        """Bytes that the entry takes."""
        return len(self.body) + _OVERHEAD_BYTES


def digest(body: bytes) -> bytes:
    """16 bytes that tell one body from another."""
    return hashlib.blake2b(body, digest_size=16).digest()


@dataclass(slots=True)
class CacheCounts:
    """What the cache did since the start. `expired` and `altered` were found and not served."""

    hits: int = 0
    misses: int = 0
    bypasses: int = 0
    stored: int = 0
    evicted: int = 0
    expired: int = 0
    altered: int = 0
    removed: int = 0
    tokens_avoided: int = 0
    saved_ms: float = 0.0


@dataclass(slots=True)
class Answers:
    """Least recently used answers leave first. `clock` counts seconds and never runs backwards."""

    clock: Callable[[], float]
    limit_bytes: int = 64 << 20
    counts: CacheCounts = field(default_factory=CacheCounts)
    size_bytes: int = 0
    _entries: OrderedDict[bytes, StoredAnswer] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, key: bytes) -> StoredAnswer | None:
        """The answer, if it is there, young enough and as it was stored."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if self.clock() >= entry.expires_at:
            self.counts.expired += 1
        elif not entry.intact:
            self.counts.altered += 1
        else:
            self._entries.move_to_end(key)
            return entry
        self._drop(key)
        return None

    def store(self, key: bytes, answer: StoredAnswer) -> None:
        """Keep an answer; one larger than an eighth of the cache is not worth the others that it would displace."""
        if answer.size > self.limit_bytes // 8:
            return
        self._drop(key)
        self._entries[key] = answer
        self.size_bytes += answer.size
        self.counts.stored += 1
        while self.size_bytes > self.limit_bytes:
            self._drop(next(iter(self._entries)))
            self.counts.evicted += 1

    def remove(self, *, route: str | None = None, prompt: str | None = None) -> int:
        """Remove the answers of a route, of a prompt, or, without either, all; how many went."""
        going = [
            key
            for key, entry in self._entries.items()
            if route in {None, entry.route} and prompt in {None, entry.prompt}
        ]
        for key in going:
            self._drop(key)
        self.counts.removed += len(going)
        return len(going)

    def _drop(self, key: bytes) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.size_bytes -= entry.size
