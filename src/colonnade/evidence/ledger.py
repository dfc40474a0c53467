"""Records, changes and requests stand in one hash-chained ledger, appended by any number of processes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, Table, and_, insert, or_, select

from colonnade.evidence.chain import GENESIS, EntryKind, Item, extend, known, tail
from colonnade.evidence.change import Change
from colonnade.evidence.checkpoint import Checkpoint, CheckpointLog
from colonnade.evidence.columns import (
    change_columns,
    decode_change,
    decode_record,
    decode_request,
    record_columns,
)
from colonnade.evidence.content import Content, Seal
from colonnade.evidence.record import Environment, Record
from colonnade.evidence.request import RequestRecord
from colonnade.evidence.verification import Verification, verify
from colonnade.store import Store, schema
from colonnade.store.bulk import insert_all

Effect = Callable[[Connection], None]

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class ClosedRequest:
    """A request ready for the ledger; prompt and answer are sealed, or None where only digests are kept."""

    record: RequestRecord
    prompt: bytes | None = None
    answer: bytes | None = None

    @property
    def at(self) -> float:
        """When it ended; an interrupted request has only its beginning."""
        return self.record.closed_at or self.record.opened_at


class Ledger:
    """What was seen and done, in order. Every method is safe from any thread."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.seal = Seal(store.subkey("content"))
        self.checkpoints = CheckpointLog(store.state / "checkpoints.jsonl", store.subkey("signing"))
        self._begin_checkpoints()

    def append_record(self, record: Record) -> str:
        """Append evidence and return its id; the same record a second time changes nothing."""
        return self._append_one("record", record.canonical(), record.collected_at, record_columns(record))

    def append_change(self, change: Change, effect: Effect | None = None) -> str:
        """Append a change and return its id; `effect` makes the change itself, in the same transaction."""
        body = msgspec.json.encode(change, order="deterministic")
        return self._append_one("change", body, change.at, change_columns(change), effect)

    def append_requests(self, batch: Sequence[ClosedRequest]) -> int:
        """Append requests in one transaction and return how many were new; ids already there are left alone."""
        with self.store.writing() as connection:
            return _add_requests(connection, batch)

    def append_import(
        self, change: Change, records: Sequence[Record], requests: Sequence[RequestRecord] = ()
    ) -> str:
        """Append evidence from elsewhere and the change that tells of it, all or nothing; the change's id.

        What is there already is left alone, and so is everything if the change is.
        """

        def bring(connection: Connection) -> None:
            _add_records(connection, records)
            for start in range(0, len(requests), _PAGE):
                _add_requests(connection, [ClosedRequest(each) for each in requests[start : start + _PAGE]])

        return self.append_change(change, bring)

    def record(self, record_id: str) -> Record | None:
        """One record by its id."""
        body = self._body(select(schema.record.c.body).where(schema.record.c.id == record_id))
        return decode_record(body) if body else None

    def records(
        self,
        environment: Environment,
        topic: str | None = None,
        *,
        without: Collection[str] = (),
        since: float = 0.0,
    ) -> list[Record]:
        """The records of one environment, oldest first.

        Args:
            environment: of the records.
            topic: only this one.
            without: topics to leave out.
            since: only windows that ended at or after this moment.
        """
        table = schema.record.c
        query = select(table.body).where(table.environment == environment, table.window_end >= since)
        if topic is not None:
            query = query.where(table.topic == topic)
        if without:
            query = query.where(table.topic.not_in(without))
        return [decode_record(body) for body in self._bodies(query.order_by(table.seq))]

    def newest(self, topic: str, environment: Environment) -> Record | None:
        """The record of a topic whose window ended last."""
        table = schema.record.c
        query = select(table.body).where(table.environment == environment, table.topic == topic)
        body = self._body(query.order_by(table.window_end.desc(), table.seq.desc()).limit(1))
        return decode_record(body) if body else None

    def changes(self, kind: str | None = None, name: str | None = None) -> list[Change]:
        """Changes, oldest first, of one kind and to one thing if named."""
        table = schema.change.c
        query = select(table.body).order_by(table.seq)
        if kind is not None:
            query = query.where(table.kind == kind)
        if name is not None:
            query = query.where(table.name == name)
        return [decode_change(body) for body in self._bodies(query)]

    def request(self, request_id: str) -> RequestRecord | None:
        """One request by its id."""
        body = self._body(select(schema.request.c.body).where(schema.request.c.id == request_id))
        return decode_request(body) if body else None

    def requests(self, start: float, end: float) -> Iterator[RequestRecord]:
        """Requests opened in [start, end), in that order, read page by page."""
        table = schema.request.c
        after: ColumnElement[bool] = table.opened_at >= start
        while True:
            query = select(table.opened_at, table.id, table.body).where(after, table.opened_at < end)
            with self.store.reading() as connection:
                rows = connection.execute(query.order_by(table.opened_at, table.id).limit(_PAGE)).all()
            for row in rows:
                yield decode_request(row.body)
            if len(rows) < _PAGE:
                return
            last = rows[-1]
            # In this form the index on opened_at is used; as `a > x or (a = x and b > y)` it is not.
            after = and_(
                table.opened_at >= last.opened_at, or_(table.opened_at > last.opened_at, table.id > last.id)
            )

    def content(self, request_id: str) -> Content | None:
        """What is kept of a request's text; None if nothing ever was. Raises SealBroken."""
        table = schema.content.c
        with self.store.reading() as connection:
            row = connection.execute(
                select(table.prompt, table.answer).where(table.request_id == request_id)
            ).first()
        if row is None:
            return None
        return Content(
            prompt=None if row.prompt is None else self.seal.open(request_id, "prompt", row.prompt),
            answer=None if row.answer is None else self.seal.open(request_id, "answer", row.answer),
        )

    def checkpoint(self) -> Checkpoint | None:
        """Sign where the ledger ends now; None if it is empty."""
        with self.store.reading() as connection:
            last = tail(connection)
        if last is None:
            return None
        checkpoint = Checkpoint(seq=last.seq, ref=last.ref, chain=last.chain, at=time.time())
        self.checkpoints.write(checkpoint)
        return checkpoint

    def verify(self) -> Verification:
        """Read the whole ledger again and name every break."""
        return verify(self.store, self.seal, self.checkpoints)

    def _begin_checkpoints(self) -> None:
        """An empty ledger is signed too: from then on a missing checkpoint file is a finding."""
        if self.checkpoints.path.exists():
            return
        with self.store.reading() as connection:
            empty = tail(connection) is None
        if empty:
            self.checkpoints.write(Checkpoint(seq=0, ref="", chain=GENESIS, at=time.time()))

    def _append_one(
        self, kind: EntryKind, body: bytes, at: float, columns: dict[str, Any], effect: Effect | None = None
    ) -> str:
        digest = _digest(body)
        ref = f"sha256:{digest.hex()}"
        table: Table = schema.metadata.tables[kind]
        with self.store.writing() as connection:
            if known(connection, [ref]):
                return ref
            [seq] = extend(connection, [Item(kind, ref, at, digest)])
            connection.execute(insert(table).values(id=ref, seq=seq, body=body, **columns))
            if effect is not None:
                effect(connection)
        self.checkpoint()
        return ref

    def _body(self, query: Select[Any]) -> bytes | None:
        with self.store.reading() as connection:
            body: bytes | None = connection.scalar(query)
            return body

    def _bodies(self, query: Select[Any]) -> list[bytes]:
        with self.store.reading() as connection:
            return list(connection.scalars(query))


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def _add_requests(connection: Connection, batch: Sequence[ClosedRequest]) -> int:
    fresh = {closed.record.id: closed for closed in batch}
    for ref in known(connection, list(fresh)):
        del fresh[ref]
    bodies = [msgspec.json.encode(closed.record, order="deterministic") for closed in fresh.values()]
    items = [
        Item("request", closed.record.id, closed.at, _digest(body))
        for closed, body in zip(fresh.values(), bodies, strict=True)
    ]
    places = extend(connection, items)
    rows = [_request_row(*row) for row in zip(fresh.values(), places, bodies, strict=True)]
    insert_all(connection, schema.request, rows)
    stored = [_content_row(closed) for closed in fresh.values() if closed.record.content_stored]
    insert_all(connection, schema.content, stored)
    return len(rows)


def _add_records(connection: Connection, records: Sequence[Record]) -> None:
    fresh = {record.id: record for record in records}
    for ref in known(connection, list(fresh)):
        del fresh[ref]
    bodies = [record.canonical() for record in fresh.values()]
    items = [
        Item("record", ref, record.collected_at, _digest(body))
        for (ref, record), body in zip(fresh.items(), bodies, strict=True)
    ]
    places = extend(connection, items)
    for (ref, record), seq, body in zip(fresh.items(), places, bodies, strict=True):
        connection.execute(insert(schema.record).values(id=ref, seq=seq, body=body, **record_columns(record)))


def _request_row(closed: ClosedRequest, seq: int, body: bytes) -> tuple[Any, ...]:
    record = closed.record
    return record.id, seq, record.opened_at, record.closed_at, record.route, body


def _content_row(closed: ClosedRequest) -> tuple[Any, ...]:
    return closed.record.id, closed.prompt, closed.answer, closed.at
