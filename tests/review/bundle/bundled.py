"""A small ledger and a report that rests on it, packed as a workload's owner would, or as a cheat would."""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import replace
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from review_world import NOW, SIGNALS, SUBJECT, record, reviewed

from colonnade.evidence.chain import GENESIS, Entry, Item, link
from colonnade.evidence.checkpoint import Checkpoint
from colonnade.review.bundle.inspection import Inspected, inspect
from colonnade.review.bundle.packing import Contents, pack

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(reversed(range(32))))
RECORDS = [record(*key).canonical() for key in SIGNALS[:12]]
IDS = [f"sha256:{hashlib.sha256(body).hexdigest()}" for body in RECORDS]


def chained(bodies: list[bytes], requests: int = 5) -> list[Entry]:
    """A ledger: some requests, of which only digests are known, then the records."""
    entries: list[Entry] = []
    chain = GENESIS
    items = [
        Item("request", f"req-{n}", NOW - n, hashlib.sha256(b"%d" % n).digest()) for n in range(requests)
    ]
    for body in bodies:
        digest = hashlib.sha256(body).digest()
        items.append(Item("record", f"sha256:{digest.hex()}", NOW, digest))
    for seq, item in enumerate(items, start=1):
        chain = link(chain, seq, item)
        entries.append(Entry(seq, *item, chain))
    return entries


def signed(entry: Entry, key: Ed25519PrivateKey = KEY) -> bytes:
    """A checkpoint over an entry."""
    checkpoint = Checkpoint(seq=entry.seq, ref=entry.ref, chain=entry.chain, at=NOW)
    signature = key.sign(checkpoint.signed_bytes())
    return msgspec.json.encode(msgspec.structs.replace(checkpoint, signature=signature))


def contents(**changes: Any) -> Contents:
    """What an honest owner packs."""
    entries = chained(RECORDS)
    report = reviewed([record(*key) for key in SIGNALS[:12]])
    small = msgspec.structs.replace(report, rows=report.rows[:2], actions=())
    honest = Contents(
        report=small,
        subject=SUBJECT,
        prompts={"answer": "v1"},
        files={"workload.yaml": "sha256:0"},
        workload=b"name: minimal\n",
        waivers=None,
        checkpoints=[signed(entries[3]), signed(entries[-1])],
        entries=entries,
        records=RECORDS,
    )
    return replace(honest, **changes)


def packed(key: Ed25519PrivateKey = KEY, **changes: Any) -> bytes:
    """A bundle as bytes."""
    file = io.BytesIO()
    pack(contents(**changes), key, file)
    return file.getvalue()


def inspected(data: bytes) -> Inspected:
    """What reading it finds."""
    return inspect(io.BytesIO(data))


def named(data: bytes) -> list[tuple[str, str]]:
    """What and whom the findings name."""
    return [(each.what, each.ref) for each in inspected(data).findings.in_order()]


def members(data: bytes) -> dict[str, bytes]:
    """The members of a bundle as any tar program sees them."""
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return {each.name: archive.extractfile(each).read() for each in archive}
