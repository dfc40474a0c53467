"""What was spent and told of before a start is read from the ledger, so that no restart forgets it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from colonnade.cost.budgets.bound import nano
from colonnade.cost.budgets.governor import WORKLOAD
from colonnade.cost.counting.span import Calendar
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.request import RequestRecord
from colonnade.workload.sections.serving import Route

SECOND = 1_000_000_000
_SPANS = {"day": Calendar("day"), "month": Calendar("month")}

Spent = dict[str, dict[str, int]]
"""Nano-dollars by holder and budget."""


def nobody_else(request: RequestRecord) -> Iterable[str]:  # noqa: ARG001 - the shape of those who know holders
    """Where only the workload has a budget."""
    return ()


def spent_before(
    ledger: Ledger,
    routes: Mapping[str, Route],
    now: float,
    holders: Callable[[RequestRecord], Iterable[str]] = nobody_else,
) -> Spent:
    """What was spent in the day and the month that `now` lies in; reads the month's requests once.

    Args:
        ledger: of the workload.
        routes: of the workload.
        now: seconds since the epoch.
        holders: names those whose budgets a request counts in, beside the workload's.
    """
    at = int(now * SECOND)
    today, since = (span.begin(span.slot(at)) / SECOND for span in _SPANS.values())
    spent: Spent = {WORKLOAD: {"day": 0, "month": 0}}
    for request in ledger.requests(since, now + 1.0):
        amount = counted(request, routes)
        for holder in (WORKLOAD, *holders(request)):
            account = spent.setdefault(holder, {"day": 0, "month": 0})
            account["month"] += amount
            account["day"] += amount if request.opened_at >= today else 0
    return spent


def counted(request: RequestRecord, routes: Mapping[str, Route]) -> int:
    """What one request counts in a budget, in nano-dollars."""
    if request.price_known:
        return nano(request.usd)
    route = routes.get(request.route)
    if request.reached_upstream and route is not None and route.unpriced == "cap":
        return nano(request.usd or route.unpriced_usd)
    return 0


def told_before(ledger: Ledger, now: float) -> dict[str, dict[str, list[float]]]:
    """The shares of this day's and this month's budgets that somebody was told of, by holder and budget."""
    periods = {name: span.period(span.slot(int(now * SECOND))) for name, span in _SPANS.items()}
    told: dict[str, dict[str, list[float]]] = {WORKLOAD: {}}
    for change in ledger.changes(kind="budget"):
        holder, _, budget = change.name.rpartition("/")
        if change.details.get("period") == periods.get(budget):
            shares = told.setdefault(holder or WORKLOAD, {}).setdefault(budget, [])
            shares.append(float(change.after))
    return told
