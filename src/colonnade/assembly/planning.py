"""What to do next is planned from a review now, and from milestones that know since when a risk has been open."""

from __future__ import annotations

from pathlib import Path

from colonnade.assembly.milestones import reports_of
from colonnade.assembly.opened import opened
from colonnade.assembly.reviewing import judges, review_opened
from colonnade.evidence.record import Environment
from colonnade.review.due import Due, due
from colonnade.review.tasks import Task, tasks
from colonnade.review.trend import Trend, open_since, trend


def plan(folder: Path, environment: Environment | None, now: float) -> tuple[Task, ...]:
    """Every task of a workload, the most risk closed per effort first."""
    with opened(folder) as (workload, ledger, shelf):
        report = review_opened(workload, ledger, shelf, environment, now)
        earlier = [it for _, it in reports_of(workload, ledger) if it.environment == report.environment]
        return tasks(report, workload.specification, open_since([*earlier, report]))


def ending_soon(folder: Path, environment: Environment | None, days: float, now: float) -> tuple[Due, ...]:
    """What ends within so many days, and how it is renewed."""
    with opened(folder) as (workload, ledger, shelf):
        return due(review_opened(workload, ledger, shelf, environment, now), judges(), days)


def trend_of(folder: Path) -> Trend:
    """The trend over the milestones of the workload's own environment."""
    with opened(folder) as (workload, ledger, _):
        environment = workload.specification.review.environment
        return trend([it for it in reports_of(workload, ledger) if it[1].environment == environment])
