"""Files of models lie in a cache by their digest; each came there whole, and one process fills it at a time."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from colonnade.errors import SetupError
from colonnade.registry.models.entry import ModelFile
from colonnade.registry.models.intake import Intake
from colonnade.registry.models.progress import Progress
from colonnade.registry.models.stamp import Stamps

_MARGIN = 64 << 20
"""Bytes that stay free beside what a fetch needs: indexes and the journal want to be written, too."""


def cache_folder(environment: Mapping[str, str]) -> Path:
    """`COLONNADE_CACHE`, else `XDG_CACHE_HOME/colonnade`, else `~/.cache/colonnade`; in it the folder `models`."""
    if own := environment.get("COLONNADE_CACHE"):
        return Path(own).expanduser() / "models"
    shared = environment.get("XDG_CACHE_HOME", "")
    # The XDG base directory specification: a path that is not absolute is ignored.
    base = Path(shared) if Path(shared).is_absolute() else Path("~/.cache").expanduser()
    return base / "colonnade" / "models"


@dataclass(frozen=True, slots=True)
class Cache:
    """`folder/<sha256>/<file name>`, with `folder/arriving` for what is not whole yet."""

    folder: Path

    @property
    def stamps(self) -> Stamps:
        """What was verified before."""
        return Stamps(self.folder / "verified")

    @property
    def arriving(self) -> Path:
        """Where unfinished files and archives lie; on the same disk as the cache, so that a full one is seen."""
        return self.folder / "arriving"

    def place(self, file: ModelFile) -> Path:
        """Where the file lies, if it is there."""
        return self.folder / file.sha256 / file.name

    @contextmanager
    def filling(self, progress: Progress) -> Iterator[None]:
        """Alone among all processes; what an earlier one left unfinished is cleared away.

        Raises:
            SetupError: the folder cannot be written.
        """
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _take_turn(lock, progress)
            self._clear()
            yield
        finally:
            self._clear()
            os.close(lock)

    def _clear(self) -> None:
        shutil.rmtree(self.arriving, ignore_errors=True)

    def need(self, bytes_needed: int, what: str) -> None:
        """Raises `SetupError` unless the disk has room for that many bytes and a margin."""
        free = shutil.disk_usage(self.folder).free
        if free < bytes_needed + _MARGIN:
            raise SetupError(
                f"{what} needs {megabytes(bytes_needed + _MARGIN)} in {self.folder} and {megabytes(free)} are "
                "free; free some space or set COLONNADE_CACHE to a folder on a larger disk"
            )

    @contextmanager
    def intake(self, file: ModelFile) -> Iterator[Intake]:
        """A file on its way in; it is gone afterwards unless it was kept."""
        with writing(self.folder):
            self.arriving.mkdir(exist_ok=True)
            descriptor, path = tempfile.mkstemp(dir=self.arriving)
            with os.fdopen(descriptor, "wb") as stream:
                try:
                    yield Intake(file, stream, Path(path), self.place(file), self.stamps)
                finally:
                    Path(path).unlink(missing_ok=True)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turns a full disk and a folder that cannot be written into a `SetupError` that names it."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise SetupError(
                f"the disk with {folder} is full; free some space or set COLONNADE_CACHE"
            ) from None
        raise SetupError(
            f"{folder} cannot be filled: {error}; set COLONNADE_CACHE to another folder"
        ) from None


def megabytes(count: int) -> str:
    """Bytes for people: `491 MB`."""
    return f"{count / 1e6:,.0f} MB" if count >= 1_000_000 else f"{count / 1e3:,.1f} kB"


def _take_turn(lock: int, progress: Progress) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        progress.note("another process is fetching models; waiting for it")
        fcntl.flock(lock, fcntl.LOCK_EX)
