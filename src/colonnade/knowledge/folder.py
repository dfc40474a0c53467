"""A knowledge folder is read whole: every file becomes a document or a reject with its reason."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from colonnade.errors import SetupError
from colonnade.knowledge.document import Document, Reject, Rejected
from colonnade.knowledge.parsers import PARSERS

LIMIT_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Corpus:
    """The documents of a folder in the order of their ids, and what was not taken."""

    documents: tuple[Document, ...]
    rejects: tuple[Reject, ...]


def read_folder(folder: Path, *, limit_bytes: int = LIMIT_BYTES) -> Corpus:
    """Read `folder` and the folders below it; names that begin with a dot are passed over.

    Raises:
        SetupError: there is no such folder.
    """
    if not folder.is_dir():
        raise SetupError(f"the knowledge folder {folder} does not exist; create it and put documents into it")
    documents: list[Document] = []
    rejects: list[Reject] = []
    for path in sorted(_files(folder), key=os.fsencode):
        name = path.relative_to(folder).as_posix()
        try:
            documents.append(_document(path, name, folder, limit_bytes))
        except Rejected as error:
            rejects.append(Reject(_printable(name), error.reason))
    return Corpus(tuple(documents), tuple(rejects))


def _files(folder: Path) -> Iterator[Path]:
    """Every file, and every link to a folder: links to folders are not followed, so that no loop can form."""
    for at, folders, files in os.walk(folder):
        linked = [name for name in folders if Path(at, name).is_symlink()]
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(at, name) for name in files + linked if not name.startswith("."))


def _document(path: Path, name: str, folder: Path, limit_bytes: int) -> Document:
    if name != _printable(name):
        raise Rejected("unreadable_name")
    if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
        raise Rejected("outside_folder")
    if not path.is_file():
        raise Rejected("not_a_file")
    parse = PARSERS.get(path.suffix.lower())
    if parse is None:
        raise Rejected("unsupported_format")
    data = _read(path, limit_bytes)
    parsed = parse(data)
    version = "sha256:" + hashlib.sha256(data).hexdigest()
    return Document(name, version, parsed.title or path.stem, parsed.blocks)


def _read(path: Path, limit_bytes: int) -> bytes:
    """At most one byte more than the limit is read, whatever the size of the file was a moment ago."""
    try:
        with path.open("rb") as file:
            data = file.read(limit_bytes + 1)
    except OSError:
        raise Rejected("unreadable") from None
    if len(data) > limit_bytes:
        raise Rejected("too_large")
    return data


def _printable(name: str) -> str:
    return name.encode("utf-8", "replace").decode()
