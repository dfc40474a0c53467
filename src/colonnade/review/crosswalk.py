"""A review can be read by the requirements of a framework: the same evidence, under the framework's own ids.

A practice contributes to a requirement. Nothing here says that a requirement is met, and a requirement that no practice
contributes to is listed like every other.
"""

from __future__ import annotations

from collections import Counter
from typing import Literal

import msgspec

from colonnade.review.frameworks import PinnedList
from colonnade.review.report import Report, RowResult
from colonnade.review.states import RiskLevel, RowState

SCHEMA = "colonnade.crosswalk/1"
Standing = Literal["contributing", "open", "not_applicable", "no_contribution"]
"""`contributing`: a proven practice contributes; `open`: practices map here and none is proven yet;
`not_applicable`: none of them applies to this workload; `no_contribution`: the catalogue has none."""


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """A practice beside a requirement, in the state that the review gave it."""

    practice: str
    title: str
    state: RowState
    level: RiskLevel
    waived: bool
    score: float | None
    reason: str


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """One id of the framework, and the practices that contribute evidence toward it."""

    id: str
    title: str
    standing: Standing
    contributions: tuple[Contribution, ...]


class Crosswalk(msgspec.Struct, frozen=True, kw_only=True):
    """A review by one framework. `standings` counts requirements; `semantics` says what it must not be read as."""

    schema: str
    framework: str
    version: str
    note: str
    semantics: str
    workload: str
    environment: str
    reviewed_at: float
    standings: dict[Standing, int]
    requirements: tuple[Requirement, ...]

    def encode(self) -> bytes:
        """As JSON, keys sorted: the same review gives the same bytes."""
        return msgspec.json.encode(self, order="deterministic")


def crosswalk(report: Report, pinned: PinnedList, semantics: str) -> Crosswalk:
    """The review by the requirements of a framework, in the order of its list.

    Args:
        report: the review; the practices in it carry their maps.
        pinned: the framework's list of ids.
        semantics: what a mapping means, as the catalogue says it.
    """
    requirements = tuple(_requirement(report, pinned, each) for each in pinned.in_order)
    return Crosswalk(
        schema=SCHEMA,
        framework=pinned.name,
        version=pinned.version,
        note=pinned.note,
        semantics=semantics,
        workload=report.workload,
        environment=report.environment,
        reviewed_at=report.reviewed_at,
        standings=dict(Counter(each.standing for each in requirements)),
        requirements=requirements,
    )


def _requirement(report: Report, pinned: PinnedList, identifier: str) -> Requirement:
    rows = [row for row in report.rows if identifier in row.maps.get(pinned.name, ())]
    return Requirement(
        id=identifier,
        title=pinned.titles.get(identifier, ""),
        standing=_standing({row.state for row in rows}),
        contributions=tuple(map(_contribution, rows)),
    )


def _standing(states: set[RowState]) -> Standing:
    if not states:
        return "no_contribution"
    if "proven" in states:
        return "contributing"
    return "not_applicable" if states == {"not_applicable"} else "open"


def _contribution(row: RowResult) -> Contribution:
    return Contribution(
        practice=row.id,
        title=row.title,
        state=row.state,
        level=row.level,
        waived=row.waived,
        score=row.score,
        reason=row.reason,
    )
