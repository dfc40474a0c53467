"""The newest records of a topic are read from the ledger one page at a time; a review never holds all of them."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from colonnade.evidence.columns import decode_record
from colonnade.evidence.record import Environment, Record, Subject
from colonnade.evidence.soundness import IMPORTED, digests_of
from colonnade.store import Store, schema

PAGES = (4, 64, 1024)
"""Records of the first page, the second, and every further one: the first mostly holds what is sought."""
_SUBJECTS = 2_000
"""Bodies of which the subject is read at a time."""


class _Place(NamedTuple):
    """Where a record stands among those of its topic."""

    window_end: float
    collected_at: float
    id: str


class _About(msgspec.Struct):
    """Who saw a record, and what it is about; nothing else of it is read."""

    collector: str
    subject: Subject


def records_since(store: Store, environment: Environment, since: float) -> list[Record]:
    """The records of one environment whose window ended at or after `since`, in the order of the ledger.

    Topic by topic, so that the index is used: however many records are older, they are not read.
    """
    table = schema.record.c
    found: list[tuple[int, bytes]] = []
    with store.reading() as connection:
        for topic in _topics(connection, environment):
            query = select(table.seq, table.body).where(
                table.environment == environment, table.topic == topic, table.window_end >= since
            )
            found += [(row.seq, row.body) for row in connection.execute(query)]
    return [decode_record(body) for _, body in sorted(found)]


def _topics(connection: Connection, environment: Environment) -> Iterator[str]:
    """Every topic, each found by one step in the index."""
    table = schema.record.c
    topic = ""
    while True:
        query = select(func.min(table.topic)).where(table.environment == environment, table.topic > topic)
        following = connection.scalar(query)
        if following is None:
            return
        topic = following
        yield topic


class LedgerShelf:
    """The records of one environment, read from the ledger as they are asked for.

    `more` are records that the ledger does not hold, such as what a console observed for itself.
    """

    def __init__(self, store: Store, environment: Environment, more: Sequence[Record] = ()) -> None:
        self._store = store
        self._environment = environment
        self._more = [record for record in more if record.environment == environment]
        self._ran: frozenset[str] | None = None

    def newest_first(self, topic: str) -> Iterator[Record]:
        """The records of a topic: what was observed last, then what was collected last, then by id, downwards."""
        more = sorted((it for it in self._more if it.topic == topic), key=_place, reverse=True)
        return heapq.merge(more, self._kept(topic), key=_place, reverse=True) if more else self._kept(topic)

    def ran(self, digest: str) -> bool:
        """Whether any collector of ours ever saw this digest, pin or version run.

        The first question reads the subject of every record, once.
        """
        if self._ran is None:
            self._ran = frozenset(self._digests())
        return digest in self._ran

    def _kept(self, topic: str) -> Iterator[Record]:
        place: _Place | None = None
        for size in _sizes():
            page = self._page(topic, place, size)
            yield from page
            if len(page) < size:
                return
            place = _place(page[-1])

    def _page(self, topic: str, before: _Place | None, size: int) -> list[Record]:
        table = schema.record.c
        query = select(table.body).where(table.environment == self._environment, table.topic == topic)
        if before is not None:
            query = query.where(_below(before))
        newest = (table.window_end.desc(), table.collected_at.desc(), table.id.desc())
        with self._store.reading() as connection:
            return [decode_record(body) for body in connection.scalars(query.order_by(*newest).limit(size))]

    def _digests(self) -> Iterator[str]:
        decode = msgspec.json.Decoder(_About).decode
        table = schema.record.c
        after = -1
        while True:
            query = select(table.seq, table.body).where(
                table.environment == self._environment, table.seq > after
            )
            with self._store.reading() as connection:
                rows = connection.execute(query.order_by(table.seq).limit(_SUBJECTS)).all()
            abouts = [decode(row.body) for row in rows]
            own = (about.subject for about in abouts if not about.collector.startswith(IMPORTED))
            yield from {digest for subject in own for _, digest in digests_of(subject)}
            if len(rows) < _SUBJECTS:
                return
            after = rows[-1].seq


def _place(record: Record) -> _Place:
    return _Place(record.window_end, record.collected_at, record.id)


def _below(place: _Place) -> ColumnElement[bool]:
    """After `place` in the order of the newest; the plain bound in front lets the index be used."""
    table = schema.record.c
    return and_(
        table.window_end <= place.window_end,
        or_(
            table.window_end < place.window_end,
            table.collected_at < place.collected_at,
            and_(table.collected_at == place.collected_at, table.id < place.id),
        ),
    )


def _sizes() -> Iterator[int]:
    yield from PAGES
    while True:
        yield PAGES[-1]
