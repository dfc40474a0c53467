"""A row is run by one worker at a time, its answer is durable before it counts, and none is ever lost.

A row is open until it is done. A worker claims open rows for a while and renews the claim while it lives; the rows of
a worker that was killed are free again when its claim has ended. Everything here blocks: call it from a thread.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, case, delete, insert, not_, or_, select, update

from colonnade.gateway.batches.batch import ACTIVE
from colonnade.gateway.batches.store import BatchStore
from colonnade.store import schema

_batch, _row = schema.batch, schema.batch_row
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row as validation found it: `line` counts from 1, `request` is the JSON of its body."""

    line: int
    custom_id: str
    request: bytes


@dataclass(frozen=True, slots=True)
class Row:
    """A claimed row, with what of its batch is needed to run it. `waits_since` is seconds since the epoch."""

    batch_id: str
    line: int
    request: bytes
    tries: int
    endpoint: str
    key_id: str
    waits_since: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of running a row: it is done, with a response or an error code, or free again at `again_at`.

    `counted` says that the try counts against the most that a row may have.
    """

    row: Row
    response: bytes | None = None
    failed: bool = False
    error: str = ""
    again_at: float | None = None
    counted: bool = True
    waited_s: float = 0.0


@dataclass(frozen=True, slots=True)
class DoneRow:
    """A row as its batch's output tells it."""

    line: int
    custom_id: str
    failed: bool
    error: str
    response: bytes | None


class RowStore:
    """The rows of all batches of one store."""

    def __init__(self, batches: BatchStore) -> None:
        self._store = batches.store
        self._clock = batches.clock

    def insert(self, batch_id: str, rows: Sequence[NewRow], start_after: float) -> None:
        """Write new rows, open and unclaimed."""
        fixed = {
            "batch_id": batch_id, "done": False, "worker": "", "free_at": start_after, "tries": 0,
            "failed": False, "error": "", "response": None,
        }  # fmt: skip
        values = [
            {**fixed, "line": row.line, "custom_id": row.custom_id, "request": row.request} for row in rows
        ]
        with self._store.writing() as connection:
            connection.execute(insert(_row), values)

    def claim(self, worker: str, most: int, until: float, but: frozenset[str] = frozenset()) -> list[Row]:
        """At most so many rows that are free now, the most urgent batch first, none of the batches in `but`.

        They are the worker's until then.
        """
        now = self._clock()
        running = _batch.c.status == "in_progress", _batch.c.expires_at > now
        batches = select(
            _batch.c.id, _batch.c.endpoint, _batch.c.key_id, _batch.c.created_at, _batch.c.start_after
        )
        claimed: list[Row] = []
        with self._store.reading() as connection:
            urgent = connection.execute(
                batches.where(*running).order_by(_batch.c.expires_at, _batch.c.id)
            ).all()
        urgent = [batch for batch in urgent if batch.id not in but]
        if not urgent:
            return claimed
        with self._store.writing() as connection:
            for batch_id, endpoint, key_id, created_at, start_after in urgent:
                since = max(created_at, start_after)
                for line, request, tries in self._free(connection, batch_id, now, most - len(claimed)):
                    claimed.append(Row(batch_id, line, request, tries, endpoint, key_id, since))
                if len(claimed) >= most:
                    break
            _mark(connection, claimed, worker, until)
        return claimed

    def _free(
        self, connection: Connection, batch_id: str, now: float, most: int
    ) -> Sequence[tuple[int, bytes, int]]:
        # No ORDER BY: the index gives rows by `free_at`, then as they were written, without sorting all of them.
        free = _row.c.batch_id == batch_id, not_(_row.c.done), _row.c.free_at <= now
        query = select(_row.c.line, _row.c.request, _row.c.tries).where(*free).limit(most)
        return [(line, request, tries) for line, request, tries in connection.execute(query)]

    def renew(self, worker: str, running: Sequence[Row], until: float) -> None:
        """The worker lives: rows that it runs stay its own until then, those that it gave up do not."""
        with self._store.writing() as connection:
            for row in running:
                mine = _row.c.batch_id == row.batch_id, _row.c.line == row.line, _row.c.worker == worker
                connection.execute(update(_row).where(*mine, not_(_row.c.done)).values(free_at=until))

    def release(self, worker: str) -> None:
        """The worker ends: its rows are free for others."""
        mine = _row.c.worker == worker, not_(_row.c.done)
        with self._store.writing() as connection:
            connection.execute(update(_row).where(_active(), *mine).values(worker="", free_at=self._clock()))

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Write what came of some rows, in one transaction; a row that is done already stays as it is."""
        with self._store.writing() as connection:
            done = [each for each in outcomes if _write(connection, each) and each.again_at is None]
            _count(connection, done)

    def reopen(self, row: Row, again_at: float) -> None:
        """Take the answer of a done row back: it could not be recorded, so it must not be released.

        Nobody runs it before `again_at`.
        """
        here = _row.c.batch_id == row.batch_id, _row.c.line == row.line, _row.c.done
        opened = {
            "done": False,
            "worker": "",
            "free_at": again_at,
            "failed": False,
            "error": "",
            "response": None,
        }
        with self._store.writing() as connection:
            failed = connection.scalar(select(_row.c.failed).where(*here))
            if connection.execute(update(_row).where(*here).values(opened)).rowcount:
                counter = _batch.c.failed if failed else _batch.c.completed
                of_row = update(_batch).where(_batch.c.id == row.batch_id)
                connection.execute(of_row.values({counter: counter - 1}))

    def stop(self, batch_id: str, error: str, ending: str) -> int:
        """Give every row that nobody runs an error instead of an answer; how many were there?

        Rows under way are left to their worker. `ending` is how the batch ends if there were any.
        """
        idle = or_(_row.c.worker == "", _row.c.free_at <= self._clock())
        stopped = update(_row).where(_row.c.batch_id == batch_id, not_(_row.c.done), idle)
        with self._store.writing() as connection:
            values = {"done": True, "worker": "", "failed": True, "error": error}
            count = connection.execute(stopped.values(values)).rowcount
            if count:
                missed = count if error == "batch_expired" else 0
                told = {
                    "failed": _batch.c.failed + count,
                    "missed": _batch.c.missed + missed,
                    "ending": ending,
                }
                connection.execute(update(_batch).where(_batch.c.id == batch_id).values(told))
        return count

    def done(self, batch_id: str) -> Iterator[DoneRow]:
        """The rows of a batch in order of their lines."""
        columns = _row.c.line, _row.c.custom_id, _row.c.failed, _row.c.error, _row.c.response
        after = 0
        while True:
            query = select(*columns).where(_row.c.batch_id == batch_id, _row.c.line > after)
            with self._store.reading() as connection:
                some = [
                    DoneRow(*row) for row in connection.execute(query.order_by(_row.c.line).limit(_AT_ONCE))
                ]
            yield from some
            if len(some) < _AT_ONCE:
                return
            after = some[-1].line

    def discard(self, batch_id: str) -> None:
        """Delete the rows of a batch, in several transactions, so that others can write in between."""
        lines = select(_row.c.line).where(_row.c.batch_id == batch_id).limit(_AT_ONCE)
        while True:
            with self._store.writing() as connection:
                some = list(connection.scalars(lines))
                connection.execute(delete(_row).where(_row.c.batch_id == batch_id, _row.c.line.in_(some)))
            if len(some) < _AT_ONCE:
                return

    def left_over(self) -> list[str]:
        """Batches that are over and still have rows: a worker died before it had deleted them."""
        over = select(_row.c.batch_id).distinct().join(_batch).where(_batch.c.status.not_in(ACTIVE))
        with self._store.reading() as connection:
            return list(connection.scalars(over))


def _active() -> ColumnElement[bool]:
    return _row.c.batch_id.in_(select(_batch.c.id).where(_batch.c.status.in_(ACTIVE)))


def _mark(connection: Connection, claimed: Sequence[Row], worker: str, until: float) -> None:
    lines: defaultdict[str, list[int]] = defaultdict(list)
    for row in claimed:
        lines[row.batch_id].append(row.line)
    for batch_id, some in lines.items():
        these = _row.c.batch_id == batch_id, _row.c.line.in_(some)
        connection.execute(update(_row).where(*these).values(worker=worker, free_at=until))


def _write(connection: Connection, outcome: Outcome) -> bool:
    row = outcome.row
    values: dict[str, object] = {"worker": ""}
    if outcome.again_at is None:
        values |= {
            "done": True, "failed": outcome.failed, "error": outcome.error, "response": outcome.response,
        }  # fmt: skip
    else:
        values |= {"free_at": outcome.again_at, "tries": _row.c.tries + outcome.counted}
    here = _row.c.batch_id == row.batch_id, _row.c.line == row.line, not_(_row.c.done)
    return connection.execute(update(_row).where(*here).values(values)).rowcount == 1


def _count(connection: Connection, done: Sequence[Outcome]) -> None:
    by_batch: defaultdict[str, list[Outcome]] = defaultdict(list)
    for outcome in done:
        by_batch[outcome.row.batch_id].append(outcome)
    for batch_id, some in by_batch.items():
        failed, longest = sum(each.failed for each in some), max(each.waited_s for each in some)
        told = {
            "failed": _batch.c.failed + failed,
            "completed": _batch.c.completed + len(some) - failed,
            "waited_s": _batch.c.waited_s + sum(each.waited_s for each in some),
            "longest_wait_s": case(
                (_batch.c.longest_wait_s < longest, longest), else_=_batch.c.longest_wait_s
            ),
        }
        connection.execute(update(_batch).where(_batch.c.id == batch_id).values(told))
