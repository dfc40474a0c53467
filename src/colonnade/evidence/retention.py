"""Content and requests are kept as long as the workload says, and every deletion stands in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update

from colonnade.evidence.change import Change
from colonnade.evidence.ledger import Ledger
from colonnade.store import schema
from colonnade.workload.sections.promises import Retention

DAY_S = 86_400.0
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a run takes: everything that ended before these times (seconds since the epoch), and how much it was."""

    requests_before: float
    prompts_before: float
    answers_before: float
    requests: int = 0
    prompts: int = 0
    answers: int = 0


def sweep(ledger: Ledger, retention: Retention, *, now: float, actor: str) -> Sweep:
    """Delete what is older than `retention` allows; requests never below the legal minimum.

    The change is written first: were the run cut off, the ledger would still explain what is gone, and the next
    run takes the rest. Evidence records and changes are never deleted here.
    """
    run = overdue(ledger, retention, now)
    change = Change(
        kind="retention",
        name="content and requests",
        at=now,
        actor=actor,
        reason="older than the workload's `retention` allows",
        details={name: str(getattr(run, name)) for name in Sweep.__slots__},
    )
    ledger.append_change(change)
    _take_content(ledger, run)
    _take_requests(ledger, run)
    return run


def overdue(ledger: Ledger, retention: Retention, now: float) -> Sweep:
    """What a run at `now` would take."""
    days = max(retention.requests_days, retention.legal_minimum_days)
    requests, prompts, answers = (
        now - kept * DAY_S for kept in (days, retention.prompts_days, retention.answers_days)
    )
    kept = schema.content.c
    with ledger.store.reading() as connection:

        def count(column: ColumnElement[Any], *where: ColumnElement[bool]) -> int:
            return connection.scalar(select(func.count(column)).where(*where)) or 0

        return Sweep(
            requests_before=requests,
            prompts_before=prompts,
            answers_before=answers,
            requests=count(schema.request.c.id, _ended() < requests),
            prompts=count(kept.prompt, kept.stored_at < prompts),
            answers=count(kept.answer, kept.stored_at < answers),
        )


def _ended() -> ColumnElement[float]:
    """When a request ended: interrupted ones have only their beginning."""
    table = schema.request.c
    return func.coalesce(func.nullif(table.closed_at, 0.0), table.opened_at)


def _take_content(ledger: Ledger, run: Sweep) -> None:
    kept = schema.content.c
    with ledger.store.writing() as connection:
        for column, before in ((kept.prompt, run.prompts_before), (kept.answer, run.answers_before)):
            old = (kept.stored_at < before) & column.is_not(None)
            connection.execute(update(schema.content).where(old).values({column: None}))
        empty = kept.prompt.is_(None) & kept.answer.is_(None)
        connection.execute(delete(schema.content).where(empty))


def _take_requests(ledger: Ledger, run: Sweep) -> None:
    """In batches, so that the journal's thread gets its turns."""
    table = schema.request
    while True:
        with ledger.store.writing() as connection:
            old = select(table.c.id).where(_ended() < run.requests_before).limit(_BATCH)
            ids = list(connection.scalars(old))
            connection.execute(delete(schema.content).where(schema.content.c.request_id.in_(ids)))
            connection.execute(delete(table).where(table.c.id.in_(ids)))
        if len(ids) < _BATCH:
            return
