"""The ledger's rows are read beside the bodies that they name, whatever somebody else wrote into them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, LargeBinary, Select, Table, and_, cast, select

from colonnade.evidence.chain import Entry
from colonnade.store import schema

_BATCH = 500


def as_bytes(column: ColumnElement[Any]) -> Any:
    """The column's bytes, whatever type an intruder gave the value."""
    return cast(column, LargeBinary).label(column.key)


_TABLES: dict[str, Table] = {"request": schema.request, "record": schema.record, "change": schema.change}
_LEDGER = schema.ledger.c
_CONTENT = schema.content.c
_ENTRIES = select(
    *(_LEDGER.seq, _LEDGER.kind, _LEDGER.ref, _LEDGER.at), as_bytes(_LEDGER.digest), as_bytes(_LEDGER.chain)
).order_by(_LEDGER.seq)
_BODIES: dict[str, Select[Any]] = {
    kind: select(*(column for column in table.c if column.key != "body"), as_bytes(table.c.body))
    for kind, table in _TABLES.items()
}
_BODIES["request"] = (
    _BODIES["request"]
    .add_columns(
        _CONTENT.request_id, _CONTENT.stored_at, as_bytes(_CONTENT.prompt), as_bytes(_CONTENT.answer)
    )
    .outerjoin(schema.content, _CONTENT.request_id == schema.request.c.id)
)


def entries(connection: Connection) -> Iterator[tuple[Entry, dict[str, Any] | None]]:
    """The ledger in order, each entry with its body's row (None if there is none), a page at a time."""
    after = -1
    while True:
        query = _ENTRIES.where(schema.ledger.c.seq > after).limit(_BATCH)
        page = [_entry(row) for row in connection.execute(query)]
        if not page:
            return
        rows = {kind: _rows(connection, kind, page) for kind in _TABLES}
        for entry in page:
            yield entry, rows.get(entry.kind, {}).get(entry.ref)
        after = page[-1].seq


def _rows(connection: Connection, kind: str, page: list[Entry]) -> dict[str, dict[str, Any]]:
    """The bodies that a page names. Most stand at its own places, where they are read in one sweep."""
    refs = {entry.ref for entry in page if entry.kind == kind}
    if not refs:
        return {}
    table = _TABLES[kind].c
    found = _named(connection, _BODIES[kind].where(table.seq.between(page[0].seq, page[-1].seq)))
    elsewhere = refs - found.keys()
    if elsewhere:
        found |= _named(connection, _BODIES[kind].where(table.id.in_(elsewhere)))
    return found


def _named(connection: Connection, query: Select[Any]) -> dict[str, dict[str, Any]]:
    return {row["id"]: dict(row) for row in connection.execute(query).mappings()}


def _entry(row: Sequence[Any]) -> Entry:
    """SQLite keeps a value of any type in any column: what is no time becomes NaN, which gives no link."""
    seq, kind, ref, at, digest, chain = row
    return Entry(seq, str(kind), str(ref), at if isinstance(at, float) else math.nan, digest, chain)


def unreferenced(connection: Connection) -> Iterator[tuple[str, int, str]]:
    """Bodies that no entry names, as (kind, seq, id), and contents without a request, with seq 0."""
    ledger = schema.ledger
    for kind, table in _TABLES.items():
        # Almost every body is named by the entry at its own place; only the others are sought by name.
        at_its_place = and_(ledger.c.seq == table.c.seq, ledger.c.ref == table.c.id, ledger.c.kind == kind)
        query = select(table.c.seq, table.c.id).outerjoin(ledger, at_its_place)
        for seq, ref in connection.execute(query.where(ledger.c.seq.is_(None))).all():
            named = select(ledger.c.seq).where(ledger.c.ref == ref, ledger.c.kind == kind)
            if connection.scalar(named) is None:
                yield kind, seq, ref
    orphans = select(schema.content.c.request_id).outerjoin(
        schema.request, schema.request.c.id == schema.content.c.request_id
    )
    for ref in connection.scalars(orphans.where(schema.request.c.id.is_(None))):
        yield "content", 0, ref
