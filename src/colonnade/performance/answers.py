"""Stored answers are bounded in bytes and time, and one that was altered, moved or is too old is never served."""

from __future__ import annotations

import hashlib
import os
import sys
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from struct import Struct
from typing import Final

import msgspec

from colonnade.gateway.call import Saved
from colonnade.workload.sections.serving import ModelBinding

_OVERHEAD_BYTES: Final = 1024
"""What an entry takes beside its bytes, roughly: objects, key, seal, place in the order."""
_seconds = Struct("<d").pack


class StoredAnswer(msgspec.Struct, frozen=True):
    """A complete answer as the upstream gave it: a whole body, or all events of a stream.

    `saved` is what making it took. `stored_at` and `expires_at` are seconds of the store's clock. `route` and `prompt`
    let entries be removed by name. `dropped` and `emulated` are what its maker could not do of the request. `text` is
    what the answer says, so that a whole body need not be read again; of a stream it is kept only where answers are
    compared.
    """

    body: bytes
    stored_at: float
    expires_at: float
    answered_by: str
    saved: Saved
    route: str
    prompt: str
    content_type: bytes = b"application/json"
    binding_name: str = ""
    binding: ModelBinding | None = None
    dropped: tuple[str, ...] = ()
    emulated: bytes = b""
    text: str = ""
    finish: str = ""

    @property
    def size(self) -> int:
        """Bytes that the entry takes."""
        return len(self.body) + (sys.getsizeof(self.text) if self.text else 0) + _OVERHEAD_BYTES


@dataclass(slots=True)
class CacheCounts:
    """What the store did since the start. `expired` and `altered` were found and not served."""

    stored: int = 0
    evicted: int = 0
    expired: int = 0
    altered: int = 0
    removed: int = 0
    too_large: int = 0


class Secret:
    """Digests that nobody outside this process can foresee; each takes up where the secret was taken in."""

    __slots__ = ("_begun",)

    def __init__(self) -> None:
        self._begun = hashlib.sha256(os.urandom(64))

    def digest(self, *parts: bytes) -> bytes:
        """32 bytes over `parts`; all but the last must have lengths that do not vary."""
        begun = self._begun.copy()
        for part in parts:
            begun.update(part)
        return begun.digest()


class _Sealed(msgspec.Struct, frozen=True):
    answer: StoredAnswer
    seal: bytes
    size: int


@dataclass(slots=True)
class Answers:
    """Least recently used answers leave first. `clock` counts seconds and never runs backwards.

    Every entry is sealed with its key and its term under a secret of this process: one that was altered, put under
    another key or given a longer term is not found any more.
    """

    clock: Callable[[], float]
    limit_bytes: int = 64 << 20
    largest_bytes: int = 1 << 20
    counts: CacheCounts = field(default_factory=CacheCounts)
    size_bytes: int = 0
    secret: Secret = field(default_factory=Secret)
    _entries: OrderedDict[bytes, _Sealed] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, key: bytes) -> StoredAnswer | None:
        """The answer, if it is there, young enough and as it was stored."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if self.clock() >= entry.answer.expires_at:
            self.counts.expired += 1
        elif self._seal(key, entry.answer) != entry.seal:
            self.counts.altered += 1
        else:
            self._entries.move_to_end(key)
            return entry.answer
        self._drop(key)
        return None

    def store(self, key: bytes, answer: StoredAnswer) -> None:
        """Keep an answer; one larger than `largest_bytes` is not worth the others that it would displace."""
        size = answer.size
        if size > self.largest_bytes or size > self.limit_bytes:
            self.counts.too_large += 1
            return
        self._drop(key)
        self._entries[key] = _Sealed(answer, self._seal(key, answer), size)
        self.size_bytes += size
        self.counts.stored += 1
        while self.size_bytes > self.limit_bytes:
            self._drop(next(iter(self._entries)))
            self.counts.evicted += 1

    def remove(self, *, route: str | None = None, prompt: str | None = None) -> int:
        """Remove the answers of a route, of a prompt, or, without either, all; how many went."""
        going = [
            key
            for key, entry in self._entries.items()
            if route in {None, entry.answer.route} and prompt in {None, entry.answer.prompt}
        ]
        for key in going:
            self._drop(key)
        self.counts.removed += len(going)
        return len(going)

    def _seal(self, key: bytes, answer: StoredAnswer) -> bytes:
        return self.secret.digest(key, _seconds(answer.expires_at), answer.body)

    def _drop(self, key: bytes) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.size_bytes -= entry.size
