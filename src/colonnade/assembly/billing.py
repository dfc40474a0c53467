"""An export of a provider becomes a bill in the ledger, and the ledger tells what it agrees with."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from colonnade.assembly.opened import opened
from colonnade.assembly.reviewing import current_subject, scope_of
from colonnade.cost.evidence import Reconciliation
from colonnade.cost.invoices.bill import Bill
from colonnade.cost.invoices.books import bill_record, reconciled
from colonnade.cost.invoices.files import raw
from colonnade.cost.invoices.importing import read_export, upstreams_of
from colonnade.workload.specification import Specification


def import_bill(folder: Path, kind: str, file: Path, named: Sequence[str] = ()) -> Bill:
    """Read an export and keep it as evidence.

    Args:
        folder: the workload folder.
        kind: a word of `cost.invoices.importing.KINDS`.
        file: the export.
        named: upstreams that it is the bill of; those of the provider where none is named.

    Raises:
        FaultyExport: the file cannot be read as that kind; nothing was kept.
    """
    content = raw(file)
    with opened(folder) as (workload, ledger, shelf):
        now, specification = time.time(), workload.specification
        upstreams = upstreams_of(kind, specification, named)
        reading = read_export(kind, content, _models(specification, upstreams))
        bill = reading.bill(kind, file.name, upstreams, now)
        environment = specification.review.environment
        subject = current_subject(workload, ledger, shelf.live(), environment)
        scope = scope_of(workload, subject, environment, now)
        ledger.append_record(bill_record(bill, content, scope))
    return bill


def reconcile_folder(folder: Path) -> Reconciliation:
    """What is billed beside what was recorded, of the last month."""
    with opened(folder) as (workload, ledger, _):
        return reconciled(ledger, workload.specification.review.environment, time.time())


def _models(specification: Specification, upstreams: Sequence[str]) -> list[str]:
    bound = [it for it in specification.models.values() if it.upstream in upstreams]
    return [name for it in bound for name in (it.model, it.snapshot) if name]
