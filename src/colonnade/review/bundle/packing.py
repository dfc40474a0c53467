"""What a review was handed becomes a bundle: the same contents give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from colonnade import __version__
from colonnade.evidence.chain import Entry
from colonnade.evidence.envelope import sign
from colonnade.evidence.record import Subject
from colonnade.review.bundle.archive import write_archive
from colonnade.review.bundle.engine import engine_digest
from colonnade.review.bundle.manifest import (
    CHECKPOINTS,
    ENTRIES,
    ENVELOPE,
    PAYLOAD_TYPE,
    RECORDS,
    REPORT,
    SCHEMA,
    WAIVERS,
    WORKLOAD,
    Manifest,
    Member,
    Release,
    read_manifest,
)
from colonnade.review.bundle.pages import entry_line, member, pages
from colonnade.review.report import Report


@dataclass(frozen=True, slots=True)
class Contents:
    """A report and everything that it rests on.

    `entries` is the whole ledger, `records` the bodies of its records in the same order; requests and changes are
    there by digest alone. `waivers` is the text of `waivers.yaml`, None where there is none.
    """

    report: Report
    subject: Subject
    prompts: Mapping[str, str]
    files: Mapping[str, str]
    workload: bytes
    waivers: bytes | None
    checkpoints: Iterable[bytes]
    entries: Iterable[Entry]
    records: Iterable[bytes]


@dataclass(slots=True)
class _Packed:
    members: list[tuple[Member, bytes]] = field(default_factory=list)

    def counted(self, folder: str) -> int:
        return sum(told.count for told, _ in self.members if told.name.startswith(f"{folder}/"))


def pack(contents: Contents, key: Ed25519PrivateKey, file: BinaryIO) -> Manifest:
    """Write a bundle, signed with the key of the store, and return what it says of itself.

    Raises:
        CannotEvaluate: it would be larger than anybody would read.
    """
    packed = _Packed(list(_members(contents)))
    public = key.public_key().public_bytes_raw().hex()
    manifest = _manifest(contents, packed, public)
    payload = manifest.encode()
    read_manifest(payload)
    envelope = sign(PAYLOAD_TYPE, payload, key, public).encode()
    write_archive(file, [(ENVELOPE, envelope), *((told.name, data) for told, data in packed.members)])
    return manifest


def _members(contents: Contents) -> Iterator[tuple[Member, bytes]]:
    yield member(REPORT, contents.report.encode())
    yield member(WORKLOAD, contents.workload)
    if contents.waivers is not None:
        yield member(WAIVERS, contents.waivers)
    yield member(CHECKPOINTS, b"".join(line + b"\n" for line in contents.checkpoints))
    yield from pages(ENTRIES, map(entry_line, contents.entries))
    yield from pages(RECORDS, contents.records)


def _manifest(contents: Contents, packed: _Packed, public_key: str) -> Manifest:
    report = contents.report
    return Manifest(
        schema=SCHEMA,
        release=Release(version=__version__, engine=engine_digest()),
        public_key=public_key,
        catalogue_version=report.catalogue_version,
        catalogue_digest=report.catalogue_digest,
        environment=report.environment,
        reviewed_at=report.reviewed_at,
        subject=contents.subject,
        prompts=dict(contents.prompts),
        files=dict(contents.files),
        entries=packed.counted(ENTRIES),
        records=packed.counted(RECORDS),
        members=tuple(told for told, _ in packed.members),
    )
