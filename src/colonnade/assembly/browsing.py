"""Requests as a person looks through them: newest first, by what is sought, and with the passages behind them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import or_, select

from colonnade.console.sources import Found, Sought
from colonnade.evidence.columns import decode_request
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.request import RequestRecord
from colonnade.knowledge.index import Index
from colonnade.knowledge.search import chunk_named
from colonnade.store import Store, schema
from colonnade.workload.folder import Workload

PAGE = 500
LOOKED_AT_MOST = 5_000
"""Requests that are looked at for one page; a rare outcome is sought further when the reader goes on."""


class Row(NamedTuple):
    """A request's place in the journal, and its body."""

    opened_at: float
    id: str
    body: bytes


def newest_requests(store: Store, sought: Sought) -> Found:
    """Requests that fit, newest first, from `sought.before` on."""
    fitting: list[RequestRecord] = []
    looked_at, place = 0, sought.before
    for row in _newest_first(store, sought):
        if len(fitting) == sought.limit or looked_at == LOOKED_AT_MOST:
            return Found(fitting, place, looked_at)
        looked_at, place = looked_at + 1, (row.opened_at, row.id)
        request = decode_request(row.body)
        if sought.outcome in {"", request.outcome}:
            fitting.append(request)
    return Found(fitting, None, looked_at)


def passages(workload: Workload, ledger: Ledger, record: RequestRecord) -> dict[str, str]:
    """The text of each source that the index still holds, by source id."""
    route = workload.specification.routes.get(record.route)
    if not record.sources or route is None or route.knowledge is None:
        return {}
    index = Index(ledger.store.connection, route.knowledge.use)
    finished = [it for it in index.generations() if it.state != "building"]
    number = next((it.number for it in finished if it.digest == record.generation), None)
    if number is None:
        return {}
    with index.connect() as connection:
        found = [chunk_named(connection, number, source.id) for source in record.sources]
    return {chunk.id: chunk.text for chunk in found if chunk is not None}


def _newest_first(store: Store, sought: Sought) -> Iterator[Row]:
    """Rows page by page: none is held open while a reader thinks."""
    table, place = schema.request.c, sought.before
    query = select(table.opened_at, table.id, table.body)
    if sought.route:
        query = query.where(table.route == sought.route)
    if sought.text:
        query = query.where(table.id.contains(sought.text, autoescape=True))
    query = query.order_by(table.opened_at.desc(), table.id.desc()).limit(PAGE)
    while True:
        older = query
        if place is not None:
            at, identifier = place
            # The plain bound lets the index be used; the other one tells equal moments apart.
            older = query.where(table.opened_at <= at, or_(table.opened_at < at, table.id < identifier))
        with store.reading() as connection:
            rows = [Row(*row) for row in connection.execute(older)]
        yield from rows
        if len(rows) < PAGE:
            return
        place = rows[-1].opened_at, rows[-1].id
