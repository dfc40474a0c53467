"""The nearest of some thousand vectors is found by looking at all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

_FIRST_ROWS: Final = 16
_MOST_FOUND: Final = 8
_TEXT_BYTES: Final = 600


@dataclass(frozen=True, slots=True)
class Near:
    """A question that was answered: the key of its answer, its words, and how near it is."""

    key: bytes
    text: str
    cosine: float


class Shelf:
    """Vectors of unit length with their questions and the keys of the answers; a full shelf gives up those put first.

    Belongs to one thread.
    """

    __slots__ = ("_keys", "_most", "_next", "_rows", "_texts")

    def __init__(self, dimensions: int, most: int) -> None:
        self._rows = np.zeros((min(_FIRST_ROWS, most), dimensions), np.float32)
        self._keys: list[bytes] = []
        self._texts: list[str] = []
        self._most = most
        self._next = 0

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def size_bytes(self) -> int:
        """Bytes of its vectors, and of its questions at their longest."""
        return self._rows.nbytes + len(self._rows) * _TEXT_BYTES

    def near(self, vector: Sequence[float], floor: float) -> list[Near]:
        """The nearest few whose cosine is at least `floor`, nearest first."""
        cosines = self._rows[: len(self._keys)] @ np.asarray(vector, np.float32)
        above = np.flatnonzero(cosines >= floor)
        best = above[np.argsort(cosines[above])[::-1][:_MOST_FOUND]]
        return [Near(self._keys[place], self._texts[place], float(cosines[place])) for place in best]

    def put(self, vector: Sequence[float], key: bytes, text: str) -> None:
        """Keep a question; one with the same key is replaced."""
        if key in self._keys:
            place = self._keys.index(key)
        elif len(self._keys) < self._most:
            place = len(self._keys)
            self._grow()
            self._keys.append(key)
            self._texts.append(text)
        else:
            place, self._next = self._next, (self._next + 1) % self._most
        self._rows[place], self._keys[place], self._texts[place] = vector, key, text

    def drop(self, key: bytes) -> None:
        """The answer is gone: its vector goes, too."""
        if key not in self._keys:
            return
        place, last = self._keys.index(key), len(self._keys) - 1
        self._rows[place] = self._rows[last]
        self._keys[place], self._texts[place] = self._keys[last], self._texts[last]
        self._keys.pop()
        self._texts.pop()
        self._next = 0

    def _grow(self) -> None:
        if len(self._keys) == len(self._rows):
            more = np.zeros(
                (min(len(self._rows), self._most - len(self._rows)), self._rows.shape[1]), np.float32
            )
            self._rows = np.concatenate([self._rows, more])
