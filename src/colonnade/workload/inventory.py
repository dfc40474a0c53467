"""Every file of a workload folder by digest, without its state and without what is hidden."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from colonnade.errors import SetupError

MOST_FILES = 50_000


def inventory(folder: Path) -> dict[str, str]:
    """Path within the folder -> `sha256:...`, sorted; links are not followed.

    Raises:
        SetupError: a file cannot be read, or there are too many.
    """
    found: dict[str, str] = {}
    for path in _files(folder):
        if len(found) == MOST_FILES:
            raise SetupError(f"{folder} has more than {MOST_FILES} files, which is no workload folder")
        found[_named(path.relative_to(folder))] = _digest(path)
    return dict(sorted(found.items()))


def _files(folder: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith((".", "__pycache__")))
        for name in sorted(names):
            path = Path(where, name)
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield path


def _named(path: Path) -> str:
    """A name that is no UTF-8 is told with escapes."""
    return path.as_posix().encode("utf-8", "backslashreplace").decode()


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    except OSError as error:
        raise SetupError(f"{path} cannot be read: {error.strerror}") from error
