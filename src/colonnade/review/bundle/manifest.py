"""The manifest says what a bundle must hold, byte for byte; its signature covers it, and it covers everything else."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from colonnade.errors import CannotEvaluate
from colonnade.evidence.record import Environment, Subject

SCHEMA = "colonnade.bundle/1"
PAYLOAD_TYPE = "application/vnd.colonnade.bundle+json"
ENVELOPE = "bundle.json"
REPORT = "report.json.zst"
WORKLOAD = "workload.yaml.zst"
WAIVERS = "waivers.yaml.zst"
CHECKPOINTS = "checkpoints.jsonl.zst"
ENTRIES, RECORDS = "entries", "records"
LARGEST_MANIFEST = 64 * 1024 * 1024
LARGEST_MEMBER = 64 * 1024 * 1024
"""Bytes of one member, uncompressed."""
LARGEST_WHOLE = 4 * 1024 * 1024 * 1024
"""Bytes of all members, uncompressed."""
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class Member(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One member: its name, size and digest as it lies in the file, and the size of what it holds.

    Pages of entries and records hold `count` lines; other members have no lines to count.
    """

    name: str
    size: int
    digest: str
    content_size: int
    count: int = 0


class Release(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What judged: the product's version, and `engine`, the digest of its code."""

    version: str
    engine: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that a review was handed, and the members that carry it.

    `files` has the digest of every file of the workload folder, `prompts` the version of every prompt; `public_key`
    is the key of the store, in hex, that signed checkpoints and bundle.
    """

    schema: str
    release: Release
    public_key: str
    catalogue_version: int
    catalogue_digest: str
    environment: Environment
    reviewed_at: float
    subject: Subject
    prompts: dict[str, str]
    files: dict[str, str]
    entries: int
    records: int
    members: tuple[Member, ...]

    def encode(self) -> bytes:
        """As JSON, keys sorted."""
        return msgspec.json.encode(self, order="deterministic")

    def pages(self, folder: str) -> tuple[Member, ...]:
        """The members of a folder, in order."""
        return tuple(each for each in self.members if each.name.startswith(f"{folder}/"))

    def member(self, name: str) -> Member | None:
        """The member of that name."""
        return next((each for each in self.members if each.name == name), None)


def page_name(folder: str, number: int) -> str:
    """The name of a page, counted from 1."""
    return f"{folder}/{number:06d}.jsonl.zst"


def read_manifest(payload: bytes) -> Manifest:
    """The manifest of a bundle, with nothing in it that reading the bundle could trip over.

    Raises:
        CannotEvaluate: with the first reason to refuse it.
    """
    try:
        manifest = msgspec.json.decode(payload, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CannotEvaluate(f"the bundle's manifest cannot be read: {error}") from error
    for reason in _reasons_to_refuse(manifest):
        raise CannotEvaluate(f"the bundle is refused: {reason}")
    return manifest


def _reasons_to_refuse(manifest: Manifest) -> Iterator[str]:
    if manifest.schema != SCHEMA:
        yield f"it has the schema {manifest.schema[:60]!r}; this release reads {SCHEMA}"
    if [each.name for each in manifest.members] != list(_names(manifest)):
        yield "it names members that no bundle has, or in another order"
    for each in manifest.members:
        if not 0 <= each.size <= LARGEST_MEMBER or not 0 <= each.content_size <= LARGEST_MEMBER:
            yield f"{each.name} would be larger than {LARGEST_MEMBER} bytes"
        if not _DIGEST.fullmatch(each.digest):
            yield f"{each.name} has no digest"
    if sum(each.content_size for each in manifest.members) > LARGEST_WHOLE:
        yield f"it would be larger than {LARGEST_WHOLE} bytes"
    for folder, stated in ((ENTRIES, manifest.entries), (RECORDS, manifest.records)):
        if any(each.count <= 0 for each in manifest.pages(folder)):
            yield f"it has an empty page of {folder}"
        if sum(each.count for each in manifest.pages(folder)) != stated:
            yield f"its pages of {folder} do not add up to {stated}"


def _names(manifest: Manifest) -> Iterator[str]:
    """The names that the members must have, given how many pages there are."""
    yield from (REPORT, WORKLOAD)
    if manifest.member(WAIVERS) is not None:
        yield WAIVERS
    yield CHECKPOINTS
    for folder in (ENTRIES, RECORDS):
        yield from (page_name(folder, number + 1) for number in range(len(manifest.pages(folder))))
