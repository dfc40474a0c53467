"""Every ledger entry is bound to all entries before it by one digest."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from typing import Literal, NamedTuple

from sqlalchemy import Connection, select

from colonnade.store import schema
from colonnade.store.bulk import insert_all

EntryKind = Literal["request", "record", "change"]
GENESIS = bytes(32)
"""What stands before the first entry."""

_HEAD = struct.Struct(">QdHH")


class Item(NamedTuple):
    """What an entry states: `digest` is the SHA-256 of the body that `ref` names."""

    kind: str
    ref: str
    at: float
    digest: bytes


class Entry(NamedTuple):
    """A row of the ledger."""

    seq: int
    kind: str
    ref: str
    at: float
    digest: bytes
    chain: bytes


def link(previous: bytes, seq: int, item: Item) -> bytes:
    """SHA-256 over the previous link, the place, and every field of the item, lengths included."""
    kind, ref = item.kind.encode(), item.ref.encode()
    head = _HEAD.pack(seq, item.at, len(kind), len(ref))
    return hashlib.sha256(b"".join((previous, head, kind, ref, item.digest))).digest()


def tail(connection: Connection) -> Entry | None:
    """The newest entry, None in an empty ledger."""
    row = connection.execute(select(schema.ledger).order_by(schema.ledger.c.seq.desc()).limit(1)).first()
    return Entry(*row) if row else None


def extend(connection: Connection, items: Sequence[Item]) -> list[int]:
    """Append items in one go and return their places; the transaction must hold the write lock already."""
    last = tail(connection)
    seq, chain = (last.seq, last.chain) if last else (0, GENESIS)
    rows: list[Entry] = []
    for item in items:
        seq += 1
        chain = link(chain, seq, item)
        rows.append(Entry(seq, *item, chain))
    insert_all(connection, schema.ledger, rows)
    return list(range(seq - len(rows) + 1, seq + 1))


def known(connection: Connection, refs: Sequence[str]) -> set[str]:
    """Those of `refs` that the ledger already has."""
    found = connection.scalars(select(schema.ledger.c.ref).where(schema.ledger.c.ref.in_(refs)))
    return set(found)
