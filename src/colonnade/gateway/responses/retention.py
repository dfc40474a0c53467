"""Stored responses are deleted when the workload's retention ends, and the ledger says so."""

from __future__ import annotations

from sqlalchemy import delete, func, select

from colonnade.evidence.change import Change
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.retention import DAY_S
from colonnade.store import schema
from colonnade.workload.sections.promises import Retention

_BATCH = 500
_response = schema.response.c


def sweep_responses(ledger: Ledger, retention: Retention, *, now: float, actor: str) -> int:
    """Delete the stored responses that are older than `retention` allows; how many?

    A response holds prompts and answers, so the shorter of the two promises counts. The change is written first:
    were the run cut off, the ledger would still explain what is gone, and the next run takes the rest.
    """
    before = now - min(retention.answers_days, retention.prompts_days) * DAY_S
    with ledger.store.reading() as connection:
        old = connection.scalar(select(func.count()).where(_response.created_at < before)) or 0
    if old:
        ledger.append_change(_change(old, before, now, actor))
        _take(ledger, before)
    return old


def _change(count: int, before: float, now: float, actor: str) -> Change:
    return Change(
        kind="retention",
        name="stored responses",
        at=now,
        actor=actor,
        reason="older than the workload's `retention` allows",
        details={"responses": str(count), "responses_before": str(before)},
    )


def _take(ledger: Ledger, before: float) -> None:
    """In batches, so that the journal's thread gets its turns."""
    while True:
        with ledger.store.writing() as connection:
            ids = list(
                connection.scalars(select(_response.id).where(_response.created_at < before).limit(_BATCH))
            )
            connection.execute(delete(schema.response).where(_response.id.in_(ids)))
        if len(ids) < _BATCH:
            return
