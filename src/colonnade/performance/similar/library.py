"""Questions that were answered, on shelves by what else must be the same; looked at off the event loop, in bounded time."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from operator import mul
from typing import TYPE_CHECKING, Final, TypeVar

from colonnade.errors import SetupError
from colonnade.knowledge.interface import Encoder
from colonnade.performance.similar.question import in_the_same_order

if TYPE_CHECKING:
    from colonnade.performance.similar.shelf import Shelf

LOOK_S: Final = 0.5
"""A cache in which one has to look for longer is not worth it."""
_MOST_WAITING: Final = 16

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its vector, and the nearest like it that was answered: the key of the answer, and the cosine."""

    text: str
    vector: list[float]
    key: bytes = b""
    cosine: float = 0.0


class Library:
    """Outlives versions of the workload. One thread of its own reads and writes the shelves and runs the encoder.

    At most `limit_bytes` of vectors and questions in all; the shelf that was not used for longest leaves first. A shelf holds
    `most` questions.
    """

    def __init__(self, *, limit_bytes: int = 32 << 20, most: int = 4096) -> None:
        self._limit_bytes = limit_bytes
        self._most = most
        self._shelves: OrderedDict[bytes, Shelf] = OrderedDict()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="similar")
        self._waiting = 0

    def __len__(self) -> int:
        return sum(len(shelf) for shelf in self._shelves.values())

    @property
    def size_bytes(self) -> int:
        """Bytes of all shelves."""
        return sum(shelf.size_bytes for shelf in self._shelves.values())

    async def look(self, encoder: Encoder, shelf: bytes, text: str, floor: float) -> Asked | None:
        """The nearest question on a shelf from `floor`; None where it cannot be said in time, or the encoder fails."""
        return await self._soon(lambda: self._look(encoder, shelf, text, floor))

    async def alike(self, encoder: Encoder, one: str, other: str) -> float | None:
        """The cosine of two texts, None as above."""
        return await self._soon(lambda: _alike(encoder, one, other))

    def put(self, shelf: bytes, asked: Asked, key: bytes) -> None:
        """Remember that a question was answered, in a moment."""
        self._worker.submit(self._put, shelf, asked, key)

    def drop(self, shelf: bytes, key: bytes) -> None:
        """Forget a question whose answer is gone, in a moment."""
        self._worker.submit(self._drop, shelf, key)

    def close(self) -> None:
        """Let the thread finish what it does, and end."""
        self._worker.shutdown(wait=True, cancel_futures=True)

    async def _soon(self, work: Callable[[], Result]) -> Result | None:
        if self._waiting >= _MOST_WAITING:
            return None
        self._waiting += 1
        try:
            async with asyncio.timeout(LOOK_S):
                return await asyncio.get_running_loop().run_in_executor(self._worker, work)
        except (TimeoutError, SetupError):
            return None
        finally:
            self._waiting -= 1

    # in the thread

    def _look(self, encoder: Encoder, name: bytes, text: str, floor: float) -> Asked:
        [vector] = encoder.encode([text])
        shelf = self._shelves.get(name)
        if shelf is None:
            return Asked(text, vector)
        self._shelves.move_to_end(name)
        near = (it for it in shelf.near(vector, floor) if in_the_same_order(text, it.text))
        found = next(near, None)
        return Asked(text, vector) if found is None else Asked(text, vector, found.key, found.cosine)

    def _put(self, name: bytes, asked: Asked, key: bytes) -> None:
        from colonnade.performance.similar.shelf import Shelf  # noqa: PLC0415 - numpy belongs to the extra `local`

        shelf = self._shelves.get(name)
        if shelf is None:
            shelf = self._shelves[name] = Shelf(len(asked.vector), self._most)
        shelf.put(asked.vector, key, asked.text)
        self._shelves.move_to_end(name)
        while self.size_bytes > self._limit_bytes and len(self._shelves) > 1:
            self._shelves.popitem(last=False)

    def _drop(self, name: bytes, key: bytes) -> None:
        shelf = self._shelves.get(name)
        if shelf is not None:
            shelf.drop(key)


def _alike(encoder: Encoder, one: str, other: str) -> float:
    first, second = encoder.encode([one, other])
    return sum(map(mul, first, second), 0.0)
