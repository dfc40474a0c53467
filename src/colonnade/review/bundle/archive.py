"""A bundle is a tar file of which every byte follows from its members: whatever differs is found, and has a name.

Nothing is ever unpacked to a disk, and no name in the file leads anywhere: where a member lies follows from the signed
manifest alone. Times, owners and modes are those of nobody.
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from colonnade.errors import CannotEvaluate
from colonnade.review.bundle.manifest import ENVELOPE, LARGEST_MANIFEST, Member

_BLOCK = tarfile.BLOCKSIZE
_END = 2 * _BLOCK
END = "the end of the file"
_NO_BUNDLE = f"its first member, {ENVELOPE}, is damaged, or it is no evidence bundle: `colonnade bundle create` writes one"


def header(name: str, size: int) -> bytes:
    """The one header that a member of this name and size can have."""
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o644, 0
    return info.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")


def padding(size: int) -> int:
    """Zero bytes between a member and the next header."""
    return -size % _BLOCK


def write_archive(file: BinaryIO, members: Iterable[tuple[str, bytes]]) -> None:
    """Write members one after the other, and the end."""
    for name, data in members:
        file.write(header(name, len(data)))
        file.write(data)
        file.write(bytes(padding(len(data))))
    file.write(bytes(_END))


@dataclass(frozen=True, slots=True)
class Lump:
    """One member as found: its data if all of it is there, and what is wrong with it, empty where nothing is."""

    name: str
    data: bytes | None
    fault: str = ""

    @property
    def missing(self) -> bool:
        """Whether it is not there as a whole."""
        return self.data is None and self.name != END


def read_envelope(file: BinaryIO) -> bytes:
    """The first member, which tells of all others.

    Raises:
        CannotEvaluate: the file does not begin as a bundle does.
    """
    head = file.read(_BLOCK)
    try:
        info = tarfile.TarInfo.frombuf(head, "ascii", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError) as error:
        raise CannotEvaluate(_NO_BUNDLE) from error
    if info.name != ENVELOPE or not 0 < info.size <= LARGEST_MANIFEST:
        raise CannotEvaluate(_NO_BUNDLE)
    lump = _lump(file, ENVELOPE, info.size, head)
    if lump.data is None or lump.fault:
        raise CannotEvaluate(f"{ENVELOPE}, which tells of all other members, {lump.fault}")
    return lump.data


def read_members(file: BinaryIO, members: Iterable[Member]) -> Iterator[Lump]:
    """Every member in order, compared with what the manifest says of it; then what follows the last one."""
    for member in members:
        lump = _lump(file, member.name, member.size, file.read(_BLOCK))
        if lump.data is not None and f"sha256:{hashlib.sha256(lump.data).hexdigest()}" != member.digest:
            lump = Lump(lump.name, lump.data, lump.fault or "has another digest than the manifest says")
        yield lump
    rest = file.read(_END + 1)
    if rest != bytes(_END):
        yield Lump(END, None, "is not where the manifest says")


def _lump(file: BinaryIO, name: str, size: int, head: bytes) -> Lump:
    if len(head) < _BLOCK:
        return Lump(name, None, "is missing: the file ends before it")
    data = file.read(size)
    if len(data) < size:
        return Lump(name, None, "is missing: the file ends within it")
    gap = file.read(padding(size))
    if head != header(name, size):
        return Lump(name, data, "has another header than the manifest calls for")
    if gap != bytes(padding(size)):
        return Lump(name, data, "is followed by bytes that belong to nobody")
    return Lump(name, data)
