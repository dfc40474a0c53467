"""A file that workers map into their memory holds a sheet for every count, and what each worker has leased of it.

    page 0    what the file is, how many counts it has, and who the workers are
    then      one row a count: its name's digest, how long it matters, its sheet, and the cells of every worker

The words are 64 bits in the order of the machine: the file never leaves it.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from colonnade.cost.counting.counter import CELLS
from colonnade.cost.counting.locks import Lock
from colonnade.cost.counting.sheet import WORDS
from colonnade.errors import SetupError, Unavailable

WORKERS = 64
ROWS = 8192
"""Counts that a file has room for; a row whose amounts have grown old is used again."""

FORMAT = 0x636F6C6F6E_01
_PAGE = 512  # words
_FORMAT, _COUNT, _BOOT, _WORKERS = 0, 1, 2, 8
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_NAME, _LIVE, _MATTERS_UNTIL, _SHEET = 0, 2, 3, 4
_CELLS = _SHEET + WORDS
_ROW = _CELLS + WORKERS * CELLS
_GRACE_NS = 3_600 * 1_000_000_000
"""Longer than any call lives: a row is given away only when nobody can settle in it any more."""

_TABLE_BYTE = _FORMAT
"""Whose lock is that of the list of counts."""


@dataclass(slots=True)
class Row:
    """One count in the file: its lock, its sheet, and the cells of all workers."""

    number: int
    name: tuple[int, int]
    lock: Lock
    words: memoryview[int]

    @property
    def sheet(self) -> memoryview[int]:
        """The words that `sheet.py` works on."""
        return self.words[_SHEET:_CELLS]

    def cells(self, worker: int) -> memoryview[int]:
        """What one worker shows of its lease."""
        first = _CELLS + worker * CELLS
        return self.words[first : first + CELLS]

    @property
    def live(self) -> int:
        """The slots of its span that count."""
        return self.words[_LIVE]

    @property
    def current(self) -> bool:
        """Whether the row still belongs to the count that it was opened for."""
        return (self.words[_NAME], self.words[_NAME + 1]) == self.name

    def abandoned(self, now: int) -> bool:
        """Whether nothing of it counts any more, and nobody can still settle in it."""
        if self.live == 0:
            return not any(self.sheet)
        return self.words[_MATTERS_UNTIL] + _GRACE_NS < now

    def matters_until(self, moment: int) -> None:
        """All that counts in it now has grown old at that moment (ns)."""
        self.words[_MATTERS_UNTIL] = max(self.words[_MATTERS_UNTIL], moment)


class CounterFile:
    """The file, mapped. `fresh` is True for whoever opens it first since the machine was started.

    Raises:
        SetupError: it cannot be written.
    """

    def __init__(self, path: Path, rows: int = ROWS) -> None:
        self._rows = rows
        size = 8 * (_PAGE + rows * _ROW)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._table = Lock(self.descriptor, _TABLE_BYTE)
            with self._table:
                if os.fstat(self.descriptor).st_size < size:
                    os.ftruncate(self.descriptor, size)
                self.words = memoryview(_mapped(path, size)).cast("q")
                self._begin()
        except OSError as error:
            raise SetupError(f"the counters of {path} cannot be kept: {error.strerror}") from error

    def close(self) -> None:
        """Let go of the file, and of every lock in it."""
        os.close(self.descriptor)

    def row(self, name: str, live: int, now: int) -> Row:
        """The row of a count, made where there is none yet.

        Raises:
            Unavailable: there are more counts than rows, and all of them matter.
        """
        key = _digest(name)
        with self._table:
            number = self._find(key)
            return self._open(self._take(key, live, now) if number is None else number)

    def rows(self) -> Iterator[Row]:
        """Every row that is in use."""
        for number in range(self.words[_COUNT]):
            yield self._open(number)

    def worker(self, number: int) -> memoryview[int]:
        """Process id of a worker, 0 where there is none."""
        return self.words[_WORKERS + number : _WORKERS + number + 1]

    def worker_lock(self, number: int) -> Lock:
        """Held by the worker as long as it lives."""
        return Lock(self.descriptor, 8 * (_WORKERS + number))

    def _begin(self) -> None:
        if self.words[_FORMAT] != FORMAT:
            self.words[_COUNT] = self.words[_BOOT] = 0
        self.words[_FORMAT] = FORMAT
        boot = _digest(_BOOT_ID.read_text())[0] if _BOOT_ID.exists() else 0
        self.fresh = self.words[_BOOT] != boot
        self.words[_BOOT] = boot

    def _open(self, number: int) -> Row:
        first = _PAGE + number * _ROW
        words = self.words[first : first + _ROW]
        return Row(number, (words[_NAME], words[_NAME + 1]), Lock(self.descriptor, 8 * first), words)

    def _find(self, key: tuple[int, int]) -> int | None:
        for number in range(self.words[_COUNT]):
            first = _PAGE + number * _ROW
            if self.words[first] == key[0] and self.words[first + 1] == key[1]:
                return number
        return None

    def _take(self, key: tuple[int, int], live: int, now: int) -> int:
        number = self.words[_COUNT]
        if number < self._rows:
            self._give(self._open(number), key, live, now)
            self.words[_COUNT] = number + 1
            return number
        for row in self.rows():
            with row.lock:
                if row.abandoned(now):
                    self._give(row, key, live, now)
                    return row.number
        raise Unavailable("More callers are counted than the gateway has room for.", code="counters_full")

    def _give(self, row: Row, key: tuple[int, int], live: int, now: int) -> None:
        row.words[:] = memoryview(bytes(8 * _ROW)).cast("q")
        row.words[_LIVE], row.words[_MATTERS_UNTIL] = live, now
        row.words[_NAME], row.words[_NAME + 1] = key


def _mapped(path: Path, size: int) -> mmap.mmap:
    """Opened once more: a mapping keeps its opening for itself, and with it the locks that are held through it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        return mmap.mmap(descriptor, size)
    finally:
        os.close(descriptor)


def _digest(name: str) -> tuple[int, int]:
    digest = blake2b(name.encode(), digest_size=16).digest()
    return int.from_bytes(digest[:8], "little", signed=True), int.from_bytes(
        digest[8:], "little", signed=True
    )
