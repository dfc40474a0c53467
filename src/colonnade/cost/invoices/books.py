"""Bills are evidence: an import is a record with the digest of its file, and is compared whenever somebody looks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from colonnade.cost.evidence import Reconciliation
from colonnade.cost.invoices.bill import Bill
from colonnade.cost.invoices.reconciliation import Span, reconcile, spans
from colonnade.evidence.collection import Scope
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.record import Environment, Record
from colonnade.evidence.request import RequestRecord
from colonnade.evidence.view import topic_of

LOOKED_BACK_S = 31 * 86_400.0
"""Periods that ended longer ago are not compared again: requests of a month are read."""


def bill_record(bill: Bill, content: bytes, scope: Scope) -> Record:
    """The bill as evidence, with the digest of the file that it was read from."""
    began = min(line.start for line in bill.lines)
    windowed = replace(scope, window_start=began, window_end=bill.imported_at)
    return windowed.record(
        bill,
        kind="cost",
        source="billing",
        collector=f"cost.import-{bill.kind}@1",
        n=len(bill.lines),
        raw=content,
    )


def bills(ledger: Ledger, environment: Environment) -> list[Bill]:
    """Every bill that was imported, oldest first."""
    topic = topic_of(Bill)
    assert topic is not None, "Bill is a view"
    return [msgspec.convert(it.facts, Bill) for it in ledger.records(environment, topic.name)]


def reconciled(ledger: Ledger, environment: Environment, now: float) -> Reconciliation:
    """What is billed of the last 31 days, compared with what was recorded then."""
    found = spans(bills(ledger, environment), now - LOOKED_BACK_S)
    return reconcile(found, _requests(ledger, environment, found), now)


def _requests(ledger: Ledger, environment: Environment, found: list[Span]) -> Iterator[RequestRecord]:
    if not found:
        return
    first, last = min(span.start for span in found), max(span.end for span in found)
    for request in ledger.requests(first, last):
        if request.environment == environment:
            yield request
