"""A plan says who does what until when: each action of a report with an owner, a day, and everything it closes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from colonnade.review.catalogue import Pillar
from colonnade.review.difference import RANKS
from colonnade.review.judge import DAY_S, day
from colonnade.review.report import Action, Effort, Report, RowResult
from colonnade.review.states import RiskLevel
from colonnade.workload.sections.purpose import Stakeholder
from colonnade.workload.specification import Specification

_COMMAND = re.compile(r"`(colonnade [^`]+)`")
_ROLES: Mapping[Pillar, str] = {
    "use_case": "business",
    "cost": "business",
    "responsible_ai": "data_protection",
}
"""The stakeholder who closes the risks of a pillar where `review.owners` names nobody; a technical one elsewhere."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One action for somebody. `what` is the exact change or command, `commands` those of its commands to copy.

    `closes` lists signals (or rows in conflict), `practices` their rows; `level` is the highest risk among them. `due`
    is a day in UTC. `gain` is weighted score, `rank` gain per effort: the plan is in its order.
    """

    what: str
    commands: tuple[str, ...]
    owner: str
    due: str
    level: RiskLevel
    effort: Effort
    closes: tuple[str, ...]
    practices: tuple[str, ...]
    gain: float
    rank: float


def tasks(report: Report, specification: Specification, since: Mapping[str, float]) -> tuple[Task, ...]:
    """The actions of a report as tasks, in the same order.

    Args:
        report: the review.
        specification: whose owners and days.
        since: when a practice was first seen open; the moment of the review where nothing is known.
    """
    return tuple(_task(action, report, specification, since) for action in report.actions)


def _task(action: Action, report: Report, specification: Specification, since: Mapping[str, float]) -> Task:
    rows = _rows(action, report)
    worst = max(rows, key=lambda row: RANKS[row.level])
    return Task(
        what=action.what,
        commands=tuple(dict.fromkeys(_COMMAND.findall(action.what))),
        owner=_owner(worst.pillar, specification),
        due=day(min(_due(row, report, specification, since) for row in rows)),
        level=worst.level,
        effort=action.effort,
        closes=action.closes,
        practices=tuple(row.id for row in rows),
        gain=action.gain,
        rank=action.rank,
    )


def _rows(action: Action, report: Report) -> Sequence[RowResult]:
    names = dict.fromkeys(name.partition(".")[0] for name in action.closes)
    return [row for row in map(report.row, names) if row is not None]


def _due(row: RowResult, report: Report, specification: Specification, since: Mapping[str, float]) -> float:
    days = specification.review.due_days
    allowed = {"HIGH": days.high, "MEDIUM": days.medium, "LOW": days.low, "NONE": days.low}[row.level]
    return since.get(row.id, report.reviewed_at) + allowed * DAY_S


def _owner(pillar: Pillar, specification: Specification) -> str:
    named = specification.review.owners.get(pillar)
    if named is not None:
        return named
    people = specification.stakeholders
    return (
        _of_role(people, _ROLES.get(pillar, "technical")) or _of_role(people, "technical") or people[0].name
    )


def _of_role(people: Iterable[Stakeholder], role: str) -> str:
    return next((person.name for person in people if person.role == role), "")
