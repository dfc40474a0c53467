"""What was named on the command line becomes materials: a file, the files of a folder, or an address on this machine.

A link is not followed, a folder is not left, and nothing but plain files is opened. What is too large or too much is
rejected by name, and the rest is read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from colonnade.errors import ColonnadeError
from colonnade.review.adapters.adapter import Adapter, Reject
from colonnade.review.adapters.material import Material, plain

LARGEST_BYTES = 64 << 20
"""Of one file."""
MOST_BYTES = 256 << 20
"""Of all files of one import together."""
MOST_FILES = 5_000
MOST_ENTRIES = 200_000
"""Files and folders that are looked at by name."""
DEEPEST_FOLDER = 32
LEFT_OUT = frozenset({".git", ".colonnade", ".terraform", "node_modules", ".venv", "__pycache__"})
"""Folders that are not searched: they hold what tools keep for themselves."""


class FaultyImport(ColonnadeError):
    """The command names nothing that can be imported; nothing was read."""

    exit_code = 2


@dataclass(slots=True)
class Gathered:
    """The materials of one import, and what was passed over with its reason."""

    materials: list[Material] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    size: int = 0

    def add(self, material: Material) -> None:
        """Take one more; `size` counts the bytes of all."""
        self.materials.append(material)
        self.size += len(material.data)

    def extend(self, other: Gathered) -> None:
        """Take everything that was gathered elsewhere, as far as all of it together may be."""
        self.rejects += other.rejects
        for material in other.materials:
            if self.size + len(material.data) > MOST_BYTES or len(self.materials) >= MOST_FILES:
                self.rejects.append(Reject(material.name, "is too much together with the others"))
            else:
                self.add(material)


def gather(place: Path, adapter: Adapter) -> Gathered:
    """The materials beneath a file or folder; a file that is named is taken whatever its name.

    Raises:
        FaultyImport: there is no such file or folder, or no file in it has a name that the adapter looks for.
    """
    try:
        root = place.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise FaultyImport(f"there is no {place}: name a file or a folder") from error
    gathered = Gathered()
    if not adapter.patterns and root.is_dir():
        gathered.add(Material(plain(root.name), b"", root))
    elif root.is_dir():
        _take_folder(root, adapter.patterns, gathered)
    else:
        _take(root, root.name, gathered)
    if not gathered.materials and not gathered.rejects:
        wanted = ", ".join(adapter.patterns)
        raise FaultyImport(f"no file in {place} is named like {wanted}: name the file itself")
    return gathered


def _take_folder(root: Path, patterns: Sequence[str], gathered: Gathered) -> None:
    for entries, path in enumerate(_walk(root)):
        if entries >= MOST_ENTRIES or len(gathered.materials) >= MOST_FILES:
            gathered.rejects.append(
                Reject(plain(root.name), f"more than {MOST_FILES:,} files: import less at a time")
            )
            return
        if any(fnmatch(path.name, pattern) for pattern in patterns):
            _take(path, path.relative_to(root).as_posix(), gathered)


def _walk(root: Path) -> Iterator[Path]:
    """Every file beneath a folder, by name; links to folders are not followed."""
    for folder, folders, files in os.walk(root, followlinks=False):
        depth = len(Path(folder).relative_to(root).parts)
        folders[:] = sorted(set(folders) - LEFT_OUT) if depth < DEEPEST_FOLDER else []
        for name in sorted(files):
            yield Path(folder) / name


def _take(path: Path, name: str, gathered: Gathered) -> None:
    try:
        data = _bytes_of(path)
    except _Passed as passed:
        gathered.rejects.append(Reject(plain(name), str(passed)))
        return
    except OSError as error:
        gathered.rejects.append(
            Reject(plain(name), f"cannot be read: {(error.strerror or 'no reason').lower()}")
        )
        return
    if gathered.size + len(data) > MOST_BYTES:
        gathered.rejects.append(
            Reject(plain(name), f"more than {MOST_BYTES >> 20} MiB: import less at a time")
        )
        return
    gathered.add(Material(plain(name), data, path))


class _Passed(Exception):
    """A file is passed over; the message says why."""


def _bytes_of(path: Path) -> bytes:
    """The bytes of a plain file. A pipe is not waited for, a link is not followed."""
    if path.is_symlink():
        raise _Passed("is a link, and links are not followed")
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _Passed("is no plain file")
        data = file.read(LARGEST_BYTES + 1)
    if len(data) > LARGEST_BYTES:
        raise _Passed(f"is larger than {LARGEST_BYTES >> 20} MiB")
    return data
