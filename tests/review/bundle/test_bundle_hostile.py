"""Files that are built to do harm are refused with a sentence: bombs, ways out of the folder, huge sizes, nonsense."""

from __future__ import annotations

import io
import tarfile
from typing import Any

import msgspec
import pytest
from bundled import KEY, inspected, members, packed
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.errors import CannotEvaluate
from colonnade.evidence.envelope import Envelope, sign
from colonnade.review.bundle.archive import write_archive
from colonnade.review.bundle.manifest import (
    ENVELOPE,
    LARGEST_MEMBER,
    PAYLOAD_TYPE,
    Manifest,
    Member,
    read_manifest,
)
from colonnade.review.bundle.pages import member
from colonnade.review.bundle.zstandard import Damaged, unpacked
from colonnade.review.bundle.zstandard import packed as compressed

BUNDLE = packed()


def manifest() -> Manifest:
    envelope = msgspec.json.decode(members(BUNDLE)[ENVELOPE], type=Envelope)
    return read_manifest(envelope.content)


def resealed(told: Manifest | bytes, **data: bytes) -> bytes:
    """A bundle with another manifest, properly signed by its owner."""
    payload = told if isinstance(told, bytes) else told.encode()
    envelope = sign(PAYLOAD_TYPE, payload, KEY, KEY.public_key().public_bytes_raw().hex()).encode()
    inside = members(BUNDLE) | {ENVELOPE: envelope} | data
    file = io.BytesIO()
    write_archive(file, inside.items())
    return file.getvalue()


def with_member(name: str, /, **changes: Any) -> Manifest:
    told = manifest()
    changed = tuple(
        msgspec.structs.replace(each, **changes) if each.name == name else each for each in told.members
    )
    return msgspec.structs.replace(told, members=changed)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (with_member("report.json.zst", content_size=LARGEST_MEMBER + 1), "larger than"),
        (with_member("report.json.zst", size=-1), "larger than"),
        (with_member("report.json.zst", digest="md5:0"), "no digest"),
        (with_member("report.json.zst", name="../../etc/passwd"), "members that no bundle has"),
        (with_member("report.json.zst", name="/etc/passwd"), "members that no bundle has"),
        (
            with_member("records/000001.jsonl.zst", name="records/000002.jsonl.zst"),
            "members that no bundle has",
        ),
        (with_member("records/000001.jsonl.zst", count=0), "empty page"),
        (with_member("records/000001.jsonl.zst", count=7), "do not add up"),
        (msgspec.structs.replace(manifest(), schema="colonnade.bundle/2"), "has the schema"),
        (msgspec.structs.replace(manifest(), public_key="zz"), "names no public key"),
        (msgspec.structs.replace(manifest(), members=()), "members that no bundle has"),
        (msgspec.structs.replace(manifest(), members=manifest().members * 2), "members that no bundle has"),
        (b"{}", "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
    ],
)
def test_a_manifest_that_asks_for_harm_is_refused(told: Manifest | bytes, sentence: str) -> None:
    with pytest.raises(CannotEvaluate, match=sentence):
        inspected(resealed(told))


def test_more_than_anybody_reads_is_refused() -> None:
    page = Member(name="", size=1, digest="sha256:" + "0" * 64, content_size=LARGEST_MEMBER, count=1)
    records = tuple(msgspec.structs.replace(page, name=f"records/{n:06d}.jsonl.zst") for n in range(1, 80))
    others = tuple(each for each in manifest().members if not each.name.startswith("records/"))
    huge = msgspec.structs.replace(manifest(), members=(*others, *records), records=79)
    with pytest.raises(CannotEvaluate, match="would be larger than"):
        inspected(resealed(huge))


def test_a_bomb_never_gets_beyond_its_promise() -> None:
    bomb = compressed(bytes(32 * 1024 * 1024))
    assert len(bomb) < 5_000
    with pytest.raises(Damaged):
        unpacked(bomb, 1000)
    told, _ = member("report.json.zst", b"x" * 1000)
    hidden = with_member("report.json.zst", size=len(bomb), content_size=told.content_size)
    found = inspected(resealed(hidden, **{"report.json.zst": bomb})).findings.in_order()
    assert ("altered", "report.json.zst") in {(each.what, each.ref) for each in found}


@pytest.mark.parametrize(
    "data", [b"", b"\x00", compressed(b"abc")[:-1], compressed(b"abc") + b"x", b"\x28\xb5\x2f\xfd"]
)
def test_what_is_no_whole_frame_is_damaged(data: bytes) -> None:
    with pytest.raises(Damaged):
        unpacked(data, 3)
    assert unpacked(compressed(b"abc"), 3) == b"abc"
    assert unpacked(compressed(b""), 0) == b""


def test_links_and_devices_have_no_place() -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        link = tarfile.TarInfo(ENVELOPE)
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    with pytest.raises(CannotEvaluate, match=r"bundle\.json"):
        inspected(file.getvalue())


@given(st.binary(max_size=2000))
@settings(max_examples=60)
def test_nonsense_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(CannotEvaluate, match="no evidence bundle"):
        inspected(data)
