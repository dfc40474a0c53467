"""Collectors of step 6 over the journal."""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.cost.budgets.governor import Promise
from colonnade.cost.budgets.spending import Spend
from colonnade.cost.evidence import BudgetConfiguration, LabelCoverage
from colonnade.cost.invoices.books import reconciled
from colonnade.cost.series import series
from colonnade.cost.waste import waste
from colonnade.evidence.change import Change
from colonnade.evidence.collection import Scope
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.record import Record
from colonnade.evidence.request import RequestRecord

REQUIRED = ("team", "use_case")
"""Labels that every metered request carries, beside its workload and environment."""


def label_coverage(requests: Sequence[RequestRecord], scope: Scope) -> Record:
    """How much of the metered spend can be tied to those who cause it."""
    metered = [request for request in requests if request.outcome == "answered"]
    bare = [request for request in metered if not _labelled(request)]
    view = LabelCoverage(
        requests=len(metered),
        labelled=len(metered) - len(bare),
        usd=sum(request.usd for request in metered),
        usd_unallocated=sum(request.usd for request in bare),
    )
    return scope.record(view, kind="cost", collector="cost.labels@1", n=len(metered))


def _labelled(request: RequestRecord) -> bool:
    return bool(request.workload and request.environment) and all(
        request.labels.get(name) for name in REQUIRED
    )


def budget_configuration(spend: Spend | None, scope: Scope) -> Record:
    """What the stage `budget` of the serving gateway holds calls to; nothing where there is no such stage."""
    promise = spend.governor.promise if spend is not None else Promise({}, (), ())
    beside = spend.holders.stated.holders if spend is not None and spend.holders is not None else []
    view = BudgetConfiguration(
        caps=dict(promise.caps),
        thresholds=list(promise.thresholds),
        receivers=len(promise.receivers),
        holders=len(beside),
    )
    return scope.record(view, kind="config", collector="cost.budget@1", n=len(view.caps))


def spend_series(requests: Sequence[RequestRecord], dispositions: Sequence[Change], scope: Scope) -> Record:
    """What was spent hour by hour, with what stands out and what somebody said of it."""
    said = {change.name: change.reason for change in dispositions}
    view = series(requests, said)
    return scope.record(view, kind="telemetry", collector="cost.series@1", n=view.total.requests)


def waste_split(requests: Sequence[RequestRecord], scope: Scope) -> Record:
    """Tokens that bought nothing, by reason."""
    view = waste(requests)
    return scope.record(view, kind="telemetry", collector="cost.waste@1", n=view.requests)


def reconciliation(ledger: Ledger, scope: Scope) -> Record | None:
    """What was recorded beside what is billed; None where no bill was ever imported."""
    view = reconciled(ledger, scope.environment, scope.window_end)
    if not view.bills:
        return None
    return scope.record(
        view, kind="cost", source="billing", collector="cost.reconciliation@1", n=len(view.rows)
    )
