"""Over milestones, it is seen whether risks are closed, and how long that takes."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence

import msgspec

from colonnade.review.catalogue import Pillar, Risk
from colonnade.review.report import Report, RowResult

_DAY_S = 86_400.0
_RISKS: tuple[Risk, ...] = ("high", "medium", "low")


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One review on the line. `at` is seconds since the epoch; scores are shares, None where no practice applies."""

    name: str
    at: float
    open_high: int
    accepted_high: int
    proven: int
    coverage: float
    scores: dict[Pillar, float | None]


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """A time during which a practice was not proven. `closed_at` is None while it lasts.

    A practice that stopped to apply was not closed: its opening ends without being counted.
    """

    practice: str
    risk: Risk
    opened_at: float
    closed_at: float | None


class Closing(msgspec.Struct, frozen=True, kw_only=True):
    """How practices of one risk are closed; days are None where there is nothing to count."""

    risk: Risk
    closed: int
    median_days: float | None
    open: int
    oldest_days: float | None


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """The line of reviews, the oldest first, and the time to close for each risk."""

    points: tuple[Point, ...]
    closings: tuple[Closing, ...]


def trend(reviews: Sequence[tuple[str, Report]]) -> Trend:
    """The trend of named reviews, in any order."""
    ordered = sorted(reviews, key=lambda each: (each[1].reviewed_at, each[0]))
    if not ordered:
        return Trend(points=(), closings=())
    found = openings([report for _, report in ordered])
    now = ordered[-1][1].reviewed_at
    return Trend(
        points=tuple(_point(name, report) for name, report in ordered),
        closings=tuple(_closing(risk, [it for it in found if it.risk == risk], now) for risk in _RISKS),
    )


def openings(reports: Sequence[Report]) -> tuple[Opening, ...]:
    """Every time during which a practice was not proven, over reviews from the oldest to the newest."""
    by_practice: dict[str, list[tuple[float, RowResult]]] = {}
    for report in reports:
        for row in report.rows:
            by_practice.setdefault(row.id, []).append((report.reviewed_at, row))
    return tuple(opening for seen in by_practice.values() for opening in _openings(seen))


def open_since(reports: Sequence[Report]) -> dict[str, float]:
    """Since when each practice that is open in the newest review has been."""
    return {it.practice: it.opened_at for it in openings(reports) if it.closed_at is None}


def _openings(seen: Sequence[tuple[float, RowResult]]) -> Iterator[Opening]:
    since: float | None = None
    for at, row in seen:
        if row.level != "NONE" and since is None:
            since = at
        elif row.level == "NONE" and since is not None:
            if row.state == "proven":
                yield Opening(practice=row.id, risk=row.risk, opened_at=since, closed_at=at)
            since = None
    if since is not None:
        newest = seen[-1][1]
        yield Opening(practice=newest.id, risk=newest.risk, opened_at=since, closed_at=None)


def _point(name: str, report: Report) -> Point:
    return Point(
        name=name,
        at=report.reviewed_at,
        open_high=report.headline.open_high,
        accepted_high=report.headline.accepted_high,
        proven=report.headline.rows.get("proven", 0),
        coverage=report.headline.coverage,
        scores={pillar.pillar: pillar.score for pillar in report.pillars},
    )


def _closing(risk: Risk, found: Sequence[Opening], now: float) -> Closing:
    took = [(it.closed_at - it.opened_at) / _DAY_S for it in found if it.closed_at is not None]
    ages = [(now - it.opened_at) / _DAY_S for it in found if it.closed_at is None]
    return Closing(
        risk=risk,
        closed=len(took),
        median_days=statistics.median(took) if took else None,
        open=len(ages),
        oldest_days=max(ages, default=None),
    )
