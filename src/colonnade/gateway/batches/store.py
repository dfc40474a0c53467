"""Batches are kept in the store, and each changes its status in one statement, whoever asks for it.

A worker that reads or writes a batch's files claims the batch first; a claim that is not renewed ends by itself, so
that a killed worker's batch goes on elsewhere. Everything here blocks: call it from a thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, delete, exists, func, insert, not_, select, update

from colonnade.errors import InvalidRequest, NotFound
from colonnade.gateway.batches.batch import ACTIVE, Batch, LineFault, Status
from colonnade.gateway.files.page import Page
from colonnade.gateway.files.store import beyond
from colonnade.store import Store, schema

MOST_ACTIVE = 50
"""Batches of one tenant that may be under way at once."""

_batch, _row = schema.batch, schema.batch_row


class BatchStore:
    """The batches of one store. `clock` gives seconds since the epoch."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self.store = store
        self.clock = clock

    def create(self, batch: Batch) -> None:
        """Write a new batch; raises InvalidRequest where the tenant has too many under way."""
        count = select(func.count()).where(_batch.c.tenant == batch.tenant, _batch.c.status.in_(ACTIVE))
        with self.store.writing() as connection:
            if (connection.scalar(count) or 0) >= MOST_ACTIVE:
                raise InvalidRequest(
                    f"{MOST_ACTIVE} batches are under way already: wait until one is complete.",
                    code="too_many_batches",
                )
            connection.execute(insert(_batch).values(asdict(batch)))

    def get(self, tenant: str | None, batch_id: str) -> Batch:
        """The batch, of any tenant where that is None; raises NotFound where there is none or it is another's."""
        with self.store.reading() as connection:
            row = connection.execute(select(_batch).where(_batch.c.id == batch_id)).one_or_none()
        if row is None or tenant not in {None, row.tenant}:
            raise NotFound("There is no such batch.", code="batch_not_found", param="batch_id")
        return Batch(*row)

    def page(self, tenant: str, page: Page) -> list[Batch]:
        """One page of the tenant's batches, and one more where there are more."""
        order = _batch.c.created_at, _batch.c.id
        query = select(_batch).where(_batch.c.tenant == tenant)
        with self.store.reading() as connection:
            if page.after:
                query = query.where(beyond(connection, _batch, tenant, page))
            query = query.order_by(*(order if page.ascending else [each.desc() for each in order]))
            return [Batch(*row) for row in connection.execute(query.limit(page.limit + 1))]

    def since(self, at: float, until: float | None = None) -> list[Batch]:
        """Every tenant's batches that were created from `at` until `until`, newest first."""
        query = select(_batch).where(_batch.c.created_at >= at).order_by(_batch.c.created_at.desc())
        if until is not None:
            query = query.where(_batch.c.created_at <= until)
        with self.store.reading() as connection:
            return [Batch(*row) for row in connection.execute(query)]

    def active(self) -> list[Batch]:
        """Batches to which something may still happen, the most urgent first."""
        query = select(_batch).where(_batch.c.status.in_(ACTIVE)).order_by(_batch.c.expires_at, _batch.c.id)
        with self.store.reading() as connection:
            return [Batch(*row) for row in connection.execute(query)]

    def cancel(self, tenant: str | None, batch_id: str) -> Batch:
        """Begin to cancel; rows that are under way are finished first, and before the first row there are none.

        Raises:
            NotFound: as `get`.
            InvalidRequest: the batch is over.
        """
        batch = self.get(tenant, batch_id)
        if batch.status == "cancelling":
            return batch
        begun = self.move(batch_id, ("in_progress",), "cancelling", ending="cancelled")
        if not begun and not self.move(batch_id, ("validating",), "cancelled"):
            raise InvalidRequest(
                f"The batch is {self.get(tenant, batch_id).status} and cannot be cancelled.",
                code="batch_not_cancellable",
            )
        return self.get(tenant, batch_id)

    def claim(self, batch_id: str, status: Status, worker: str, until: float) -> bool:
        """Whether `worker` has the batch to itself now, until then; nobody else may have claimed it."""
        free = and_(
            _batch.c.id == batch_id, _batch.c.status == status, _batch.c.claimed_until <= self.clock()
        )
        with self.store.writing() as connection:
            claimed = update(_batch).where(free).values(worker=worker, claimed_until=until)
            return connection.execute(claimed).rowcount == 1

    def renew(self, batch_id: str, worker: str, until: float) -> None:
        """The worker is still at it: the batch stays its own until then."""
        mine = _batch.c.id == batch_id, _batch.c.worker == worker, _batch.c.status.in_(ACTIVE)
        with self.store.writing() as connection:
            connection.execute(update(_batch).where(*mine).values(claimed_until=until))

    def move(self, batch_id: str, before: Sequence[Status], after: Status, **values: Any) -> bool:
        """Change the status, if it is one of `before`; whether it was."""
        with self.store.writing() as connection:
            return self.move_in(connection, batch_id, before, after, **values)

    def move_in(
        self,
        connection: Connection,
        batch_id: str,
        before: Sequence[Status],
        after: Status,
        *conditions: Any,
        **values: Any,
    ) -> bool:
        """The same as part of a transaction under way, under further conditions; the claim ends with it."""
        here = _batch.c.id == batch_id
        moments = connection.scalar(select(_batch.c.moments).where(here)) or "{}"
        dated = {**msgspec.json.decode(moments), after: self.clock()}
        changed = {
            "status": after,
            "moments": msgspec.json.encode(dated).decode(),
            "worker": "",
            "claimed_until": 0.0,
            **values,
        }
        only = here, _batch.c.status.in_(before), *conditions
        return connection.execute(update(_batch).where(*only).values(changed)).rowcount == 1

    def conclude(self, batch_id: str) -> bool:
        """Begin to write the outputs, if no row is open any more; whether that began."""
        open_rows = exists().where(_row.c.batch_id == batch_id, not_(_row.c.done))
        with self.store.reading() as connection:
            if connection.scalar(select(open_rows)):
                return False  # the usual case, which need not wait for the right to write
        with self.store.writing() as connection:
            return self.move_in(
                connection, batch_id, ("in_progress", "cancelling"), "finalizing", not_(open_rows)
            )

    def fault(self, batch_id: str, faults: Sequence[LineFault]) -> None:
        """Write down what is wrong with a batch."""
        told = msgspec.json.encode(faults).decode()
        with self.store.writing() as connection:
            connection.execute(update(_batch).where(_batch.c.id == batch_id).values(errors=told))

    def forget(self, before: float) -> None:
        """Delete batches that were created before `before` and are over."""
        old = _batch.c.created_at < before, _batch.c.status.not_in(ACTIVE)
        with self.store.writing() as connection:
            connection.execute(delete(_batch).where(*old))
