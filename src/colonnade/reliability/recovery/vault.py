"""A vault is the place where backups lie: pieces by name, each stored once, and the points that name them.

vault.json          format, salt and a check of the key, in clear
pieces/ab/abcd...   a piece, closed
points/ID           a list of pieces, closed; a backup exists from the moment that its point does
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import fsspec
import msgspec
from fsspec.implementations.local import LocalFileSystem

from colonnade.errors import KeyUnusable, SetupError
from colonnade.reliability.recovery.point import Point
from colonnade.reliability.recovery.sealing import Sealing
from colonnade.store.custody import Custody


class Label(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`vault.json`."""

    salt: str
    check: str
    format: Literal[1] = 1


class Vault:
    """One vault, opened with the key of a custody; made where it does not exist yet.

    Raises:
        KeyUnusable: the key is missing or not the one that closed this vault.
        SetupError: the place cannot be reached or written.
    """

    def __init__(self, url: str, custody: Custody) -> None:
        self.url = url
        try:
            self._place, root = fsspec.core.url_to_fs(url)
            self._root = str(root).rstrip("/")
            self._sealing = self._opened(custody)
        except (OSError, ImportError, ValueError) as error:
            raise SetupError(f"the vault {url} cannot be used: {error}") from error

    def put(self, piece: bytes) -> tuple[str, int]:
        """Store a piece unless it is there; its name, and the bytes that were written."""
        name = self._sealing.name(piece)
        path = self._piece(name)
        if self._place.exists(path):
            return name, 0
        closed = self._sealing.close(name, piece)
        self._write(path, closed)
        return name, len(closed)

    def get(self, name: str) -> bytes:
        """A piece; raises SetupError where it is missing or altered."""
        return self._sealing.open(name, self._read(self._piece(name), f"the piece {name[:16]}"))

    def keep(self, point: Point) -> None:
        """From now on the backup exists."""
        self._write(self._point(point.id), self._sealing.close_point(point.id, msgspec.json.encode(point)))

    def point(self, identifier: str) -> Point:
        """One backup; raises SetupError where there is none of this name or its list was altered."""
        closed = self._read(self._point(identifier), f"the backup {identifier}")
        try:
            return msgspec.json.decode(self._sealing.open_point(identifier, closed), type=Point)
        except msgspec.MsgspecError as error:
            raise SetupError(f"the backup {identifier} was written by another version: {error}") from error

    def names(self) -> list[str]:
        """Names of all backups, oldest first."""
        return sorted(self._listed("points"))

    def points(self) -> Iterator[Point]:
        """Every backup, oldest first."""
        return (self.point(name) for name in self.names())

    def forget(self, identifiers: Iterable[str]) -> None:
        """Take backups away; their pieces stay until they are swept."""
        for identifier in identifiers:
            self._place.rm_file(self._point(identifier))

    def sweep(self) -> int:
        """Delete pieces that no backup names; how many. Nobody may be making a backup meanwhile."""
        needed: set[str] = set()
        for point in self.points():
            needed |= point.pieces
        idle = [name for name in self._pieces() if name not in needed]
        for name in idle:
            self._place.rm_file(self._piece(name))
        return len(idle)

    def _opened(self, custody: Custody) -> Sealing:
        path = f"{self._root}/vault.json"
        if not self._place.exists(path):
            salt = secrets.token_bytes(16)
            sealing = Sealing(_issued(custody, salt))
            self._write(path, msgspec.json.encode(Label(salt.hex(), sealing.check)))
            return sealing
        label = msgspec.json.decode(self._read(path, "its label"), type=Label)
        for key in custody.keys(bytes.fromhex(label.salt)):
            sealing = Sealing(key)
            if sealing.check == label.check:
                return sealing
        raise KeyUnusable(
            f"the key from {custody.reference} did not close the vault {self.url}: name the right one in"
            " `recovery.backup.key`"
        )

    def _write(self, path: str, data: bytes) -> None:
        try:
            if isinstance(self._place, LocalFileSystem):
                self._place.makedirs(path.rpartition("/")[0], exist_ok=True)
                draft = f"{path}.{secrets.token_hex(4)}.draft"
                self._place.pipe_file(draft, data)
                self._place.chmod(draft, 0o400)
                self._place.mv(draft, path)
            else:
                self._place.pipe_file(path, data)  # stores of objects show an object whole or not at all
        except OSError as error:
            raise SetupError(f"the vault {self.url} cannot be written: {error}") from error

    def _read(self, path: str, what: str) -> bytes:
        try:
            data: bytes = self._place.cat_file(path)
        except FileNotFoundError as error:
            raise SetupError(f"{what} is not in the vault {self.url}: see `colonnade backup list`") from error
        except OSError as error:
            raise SetupError(f"the vault {self.url} cannot be read: {error}") from error
        return data

    def _listed(self, folder: str) -> list[str]:
        path = f"{self._root}/{folder}"
        if not self._place.exists(path):
            return []
        self._place.invalidate_cache(path)
        found: list[Any] = self._place.ls(path, detail=False)
        return [
            name for name in (str(each).rpartition("/")[2] for each in found) if not name.endswith(".draft")
        ]

    def _pieces(self) -> Iterator[str]:
        for folder in self._listed("pieces"):
            yield from self._listed(f"pieces/{folder}")

    def _piece(self, name: str) -> str:
        return f"{self._root}/pieces/{name[:2]}/{name}"

    def _point(self, identifier: str) -> str:
        if not identifier.replace("-", "").isalnum():
            raise SetupError(f"`{identifier}` is no name of a backup: see `colonnade backup list`")
        return f"{self._root}/points/{identifier}"


def _issued(custody: Custody, salt: bytes) -> bytes:
    """The key that the custody has already, or one that it makes."""
    try:
        return custody.keys(salt)[0]
    except KeyUnusable:
        return custody.issue(salt)
