"""A bundle is read once from its first byte to its last; what is altered, missing or out of order is named."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from colonnade.errors import CannotEvaluate
from colonnade.evidence.breaks import Findings, What
from colonnade.evidence.checkpoint import Checkpoint
from colonnade.evidence.envelope import Envelope, verified
from colonnade.evidence.links import ChainWalk
from colonnade.review.bundle.archive import Lump, read_envelope, read_members
from colonnade.review.bundle.comparison import compare
from colonnade.review.bundle.manifest import (
    CHECKPOINTS,
    ENTRIES,
    ENVELOPE,
    PAYLOAD_TYPE,
    RECORDS,
    Manifest,
    Member,
    read_manifest,
)
from colonnade.review.bundle.pages import EntryLine, decode_entry, lines_of
from colonnade.review.bundle.zstandard import Damaged, unpacked


@dataclass(slots=True)
class Inspected:
    """What came of reading: the manifest, everything that differs from it, and what a review needs again.

    `texts` holds the members that are no pages, by name; `records` the bodies of all records in order.
    """

    manifest: Manifest
    findings: Findings = field(default_factory=Findings)
    texts: dict[str, bytes] = field(default_factory=dict)
    records: list[bytes] = field(default_factory=list)


def inspect(file: BinaryIO) -> Inspected:
    """Read a bundle.

    Raises:
        CannotEvaluate: the file is no bundle, is of another release, or is built to do harm.
    """
    manifest, public_key = _opened(read_envelope(file))
    reading = _Reading(Inspected(manifest), public_key)
    for lump in read_members(file, manifest.members):
        reading.take(lump)
    reading.conclude()
    return reading.inspected


def _opened(data: bytes) -> tuple[Manifest, Ed25519PublicKey]:
    try:
        envelope = msgspec.json.decode(data, type=Envelope)
        payload = envelope.content
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise CannotEvaluate(f"{ENVELOPE} is altered: it is no sealed envelope any more") from error
    if envelope.payload_type != PAYLOAD_TYPE or envelope.encode() != data or not _strict(envelope):
        raise CannotEvaluate(f"{ENVELOPE} is altered: it is no envelope of a bundle")
    manifest = read_manifest(payload)
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(manifest.public_key))
    except ValueError as error:
        raise CannotEvaluate(f"{ENVELOPE} is altered: it names no public key") from error
    if len(envelope.signatures) != 1 or not verified(envelope, {manifest.public_key: key}):
        raise CannotEvaluate(f"{ENVELOPE} is altered: its signature does not cover what it says")
    return manifest, key


def _strict(envelope: Envelope) -> bool:
    """Whether its base64 is the only one for what it says: readers ignore bits that belong to nothing."""
    texts = (envelope.payload, *(each.sig for each in envelope.signatures))
    try:
        return all(base64.b64encode(base64.b64decode(text, validate=True)).decode() == text for text in texts)
    except ValueError:
        return False


@dataclass(slots=True)
class _Reading:
    """Takes the members in order: checkpoints, then entries, then records."""

    inspected: Inspected
    public_key: Ed25519PublicKey
    walk: ChainWalk = field(init=False)
    checkpoints: dict[int, Checkpoint] = field(default_factory=dict)
    expected: list[str] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.walk = ChainWalk(self.inspected.findings)

    def take(self, lump: Lump) -> None:
        member = self.inspected.manifest.member(lump.name)
        if lump.fault:
            what: What = "missing" if lump.missing else "altered"
            self.inspected.findings.add(0, lump.name, what, lump.fault + self._within(member))
        content = self._content(lump, member)
        if content is None or member is None:
            self.unread.add(lump.name.partition("/")[0])
            return
        folder = lump.name.partition("/")[0]
        if folder == ENTRIES:
            self._entries(lump.name, content)
        elif folder == RECORDS:
            self._records(content)
        else:
            self.inspected.texts[lump.name] = content
            if lump.name == CHECKPOINTS:
                self._checkpoints(content)

    def conclude(self) -> None:
        """Compare what only shows when everything is read."""
        findings = self.inspected.findings
        self.walk.explain()
        if not self.unread & {ENTRIES, RECORDS}:
            compare(self.expected, self.found, self.places, findings)
            for seq in sorted(self.walk.missing):
                findings.add(seq, "", "missing", "the ledger goes on behind it")
        if CHECKPOINTS in self.unread or ENTRIES in self.unread:
            return
        last = self.walk.last.seq if self.walk.last else 0
        if last != max(self.checkpoints, default=0):
            findings.add(last, CHECKPOINTS, "missing", "no signed checkpoint covers the ledger to its end")

    def _within(self, member: Member | None) -> str:
        """Which entries or records a page holds, by number."""
        if member is None or not member.count:
            return ""
        folder = member.name.partition("/")[0]
        earlier = self.inspected.manifest.pages(folder)
        first = 1 + sum(each.count for each in earlier if each.name < member.name)
        return f" ({folder} {first} to {first + member.count - 1})"

    def _content(self, lump: Lump, member: Member | None) -> bytes | None:
        if lump.data is None or member is None:
            return None
        try:
            return unpacked(lump.data, member.content_size)
        except Damaged as error:
            detail = f"cannot be read: {error}{self._within(member)}"
            self.inspected.findings.add(0, lump.name, "altered", detail)
            return None

    def _checkpoints(self, content: bytes) -> None:
        for number, line in enumerate(lines_of(content), start=1):
            checkpoint = self._signed(line)
            if checkpoint is None:
                detail = "altered, or not signed by the store of this bundle"
                self.inspected.findings.add(0, f"{CHECKPOINTS} line {number}", "checkpoint damaged", detail)
            else:
                self.checkpoints[checkpoint.seq] = checkpoint

    def _signed(self, line: bytes) -> Checkpoint | None:
        try:
            checkpoint = msgspec.json.decode(line, type=Checkpoint)
            self.public_key.verify(checkpoint.signature, checkpoint.signed_bytes())
        except (msgspec.MsgspecError, UnicodeDecodeError, InvalidSignature):
            return None
        return checkpoint

    def _entries(self, name: str, content: bytes) -> None:
        for line in self._decoded(name, content):
            entry = line.entry
            self.walk.take(entry)
            if entry.kind == "record":
                self.expected.append(entry.ref)
                self.places[entry.ref] = entry.seq
                if entry.ref != f"sha256:{entry.digest.hex()}":
                    self.inspected.findings.add(entry.seq, entry.ref, "altered", "its name is not its digest")
            signed = self.checkpoints.get(entry.seq)
            if signed is not None and (signed.ref, signed.chain) != (entry.ref, entry.chain):
                detail = f"a signed checkpoint names {signed.ref} here"
                self.inspected.findings.add(entry.seq, entry.ref, "checkpoint contradicted", detail)

    def _decoded(self, name: str, content: bytes) -> Iterator[EntryLine]:
        for number, line in enumerate(lines_of(content), start=1):
            try:
                yield decode_entry(line)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                self.inspected.findings.add(0, f"{name} line {number}", "altered", "is no entry of a ledger")
                self.unread.add(ENTRIES)

    def _records(self, content: bytes) -> None:
        for line in lines_of(content):
            self.found.append(f"sha256:{hashlib.sha256(line).hexdigest()}")
            self.inspected.records.append(line)
