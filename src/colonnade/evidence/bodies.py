"""Each entry's body has the digest that the ledger states, its columns repeat it, and its content is its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Table, and_, select

from colonnade.evidence.breaks import Findings
from colonnade.evidence.chain import Entry
from colonnade.evidence.columns import REPEATED, decode_change, decode_request
from colonnade.evidence.content import Part, Seal, SealBroken, text_digest
from colonnade.evidence.request import RequestRecord
from colonnade.store import schema

_BATCH = 500
_TABLES: dict[str, Table] = {"request": schema.request, "record": schema.record, "change": schema.change}


class Horizon(NamedTuple):
    """What retention may have taken: everything that ended before these times."""

    requests: float = 0.0
    prompt: float = 0.0
    answer: float = 0.0


def horizon(connection: Connection) -> Horizon:
    """The furthest retention that the ledger itself records."""
    table, ledger = schema.change, schema.ledger
    query = select(table.c.body, ledger.c.digest).join(ledger, ledger.c.ref == table.c.id)
    furthest = Horizon()
    for body, digest in connection.execute(query.where(table.c.kind == "retention")):
        if hashlib.sha256(body).digest() == digest:
            found = _stated(body)
            furthest = Horizon(*(max(pair) for pair in zip(furthest, found, strict=True)))
    return furthest


def _stated(body: bytes) -> Horizon:
    change = decode_change(body)
    names = ("requests_before", "prompts_before", "answers_before")
    return Horizon(*(min(float(change.details.get(name, "0")), change.at) for name in names))


def entries(connection: Connection) -> Iterator[tuple[Entry, dict[str, Any] | None]]:
    """The ledger in order, each entry with its body's row (None if there is none), a page at a time."""
    after = -1
    while True:
        table = schema.ledger
        query = select(table).where(table.c.seq > after).order_by(table.c.seq).limit(_BATCH)
        page = [Entry(*row) for row in connection.execute(query)]
        if not page:
            return
        rows = {kind: _rows(connection, kind, page) for kind in _TABLES}
        for entry in page:
            yield entry, rows.get(entry.kind, {}).get(entry.ref)
        after = page[-1].seq


def _rows(connection: Connection, kind: str, page: list[Entry]) -> dict[str, dict[str, Any]]:
    refs = [entry.ref for entry in page if entry.kind == kind]
    if not refs:
        return {}
    table = _TABLES[kind]
    query = select(table)
    if kind == "request":
        kept = schema.content.c
        query = select(table, kept.request_id, kept.prompt, kept.answer, kept.stored_at).outerjoin(
            schema.content, kept.request_id == table.c.id
        )
    return {row["id"]: dict(row) for row in connection.execute(query.where(table.c.id.in_(refs))).mappings()}


def unreferenced(connection: Connection) -> Iterator[tuple[str, int, str]]:
    """Bodies that no entry names, as (kind, seq, id), and contents without a request, with seq 0."""
    ledger = schema.ledger
    for kind, table in _TABLES.items():
        query = select(table.c.seq, table.c.id).outerjoin(
            ledger, and_(ledger.c.ref == table.c.id, ledger.c.kind == kind)
        )
        for seq, ref in connection.execute(query.where(ledger.c.seq.is_(None))):
            yield kind, seq, ref
    orphans = select(schema.content.c.request_id).outerjoin(
        schema.request, schema.request.c.id == schema.content.c.request_id
    )
    for ref in connection.scalars(orphans.where(schema.request.c.id.is_(None))):
        yield "content", 0, ref


@dataclass(frozen=True, slots=True)
class BodyCheck:
    """Compares one entry with what it names."""

    findings: Findings
    seal: Seal
    horizon: Horizon

    def take(self, entry: Entry, row: dict[str, Any] | None) -> None:
        """Note every difference between an entry and its body's row."""
        if row is None:
            if entry.kind != "request" or entry.at >= self.horizon.requests:
                self.findings.add(entry.seq, entry.ref, "missing", f"the {entry.kind} itself is gone")
            return
        if row["seq"] != entry.seq:
            detail = f"it says that it belongs at place {row['seq']}"
            self.findings.add(entry.seq, entry.ref, "reordered", detail)
        if hashlib.sha256(row["body"]).digest() != entry.digest:
            self.findings.add(entry.seq, entry.ref, "altered", "its body is not the one that was recorded")
            return
        self._columns(entry, row)
        if entry.kind == "request":
            self._content(entry, row, decode_request(row["body"]))

    def _columns(self, entry: Entry, row: dict[str, Any]) -> None:
        try:
            expected = REPEATED[entry.kind](row["body"])
        except msgspec.MsgspecError:
            self.findings.add(entry.seq, entry.ref, "altered", "its body cannot be read")
            return
        for name, value in expected.items():
            if row[name] != value:
                self.findings.add(
                    entry.seq, entry.ref, "altered", f"the column `{name}` differs from its body"
                )

    def _content(self, entry: Entry, row: dict[str, Any], record: RequestRecord) -> None:
        if row["request_id"] is None:
            past = entry.at < min(self.horizon.prompt, self.horizon.answer)
            if record.content_stored and not past:
                self.findings.add(entry.seq, entry.ref, "content missing", "prompt and answer are gone")
            return
        if not record.content_stored:
            self.findings.add(entry.seq, entry.ref, "content altered", "none was stored with the request")
            return
        if row["stored_at"] != entry.at:
            self.findings.add(entry.seq, entry.ref, "content altered", "the column `stored_at` differs")
        self._part(entry, "prompt", row["prompt"], record.prompt_digest)
        self._part(entry, "answer", row["answer"], record.answer_digest)

    def _part(self, entry: Entry, part: Part, sealed: bytes | None, digest: str) -> None:
        if sealed is None:
            if entry.at >= getattr(self.horizon, part):
                self.findings.add(entry.seq, entry.ref, "content missing", f"the {part} is gone")
            return
        try:
            same = text_digest(self.seal.open(entry.ref, part, sealed)) == digest
        except SealBroken:
            same = False
        if not same:
            self.findings.add(entry.seq, entry.ref, "content altered", f"the {part} is not the one recorded")
