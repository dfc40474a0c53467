"""Figures as geometry, computed on the server: a radar of eight scores and the way of a figure over milestones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from colonnade.review.exports.words import PILLAR_NAMES, day, score
from colonnade.review.report import PillarResult, Report

RADIUS = 120.0
CENTRE = 200.0
"""The radar's box is 400 units wide and high."""
LABEL_AT = 1.16
RINGS = (0.25, 0.5, 0.75, 1.0)
TREND_WIDTH, TREND_HEIGHT = 240.0, 48.0


@dataclass(frozen=True, slots=True)
class Spoke:
    """One axis of the radar: where it ends, and its label with its anchor."""

    x: float
    y: float
    label: str
    label_x: float
    label_y: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Radar:
    """Rings and spokes, the outline of all scores and that of the exercised part, and the same in words."""

    rings: tuple[str, ...]
    spokes: tuple[Spoke, ...]
    outline: str
    exercised: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Trend:
    """One figure over milestones: a line, its last point, and the same in words."""

    name: str
    line: str
    last_x: float
    last_y: float
    first: str
    last: str
    sentence: str


def radar(pillars: Sequence[PillarResult]) -> Radar:
    """The eight pillars around a centre; one that does not apply counts as nothing and says so."""
    count = len(pillars)
    shares = [pillar.score or 0.0 for pillar in pillars]
    solid = [min(pillar.exercised, pillar.score or 0.0) for pillar in pillars]
    return Radar(
        rings=tuple(_polygon([ring] * count) for ring in RINGS),
        spokes=tuple(_spoke(pillar, place, count) for place, pillar in enumerate(pillars)),
        outline=_polygon(shares),
        exercised=_polygon(solid),
        sentence="; ".join(f"{PILLAR_NAMES[each.pillar]} {score(each.score)}" for each in pillars),
    )


def trends(history: Sequence[Report]) -> tuple[Trend, ...]:
    """Open HIGH risks and every pillar's score over the milestones; nothing to draw before the second one."""
    if len(history) < 2:
        return ()
    days = [day(each.reviewed_at) for each in history]
    most = max(1, *(each.headline.open_high for each in history))
    highs = [each.headline.open_high for each in history]
    found = [_trend("Open HIGH risks", [high / most for high in highs], [str(high) for high in highs], days)]
    for place, pillar in enumerate(history[-1].pillars):
        shares = [report.pillars[place].score for report in history]
        told = [score(share) for share in shares]
        found.append(_trend(PILLAR_NAMES[pillar.pillar], [share or 0.0 for share in shares], told, days))
    return tuple(found)


def _trend(name: str, shares: Sequence[float], told: Sequence[str], days: Sequence[str]) -> Trend:
    step = TREND_WIDTH / (len(shares) - 1)
    points = [(place * step, TREND_HEIGHT * (1.0 - share)) for place, share in enumerate(shares)]
    steps = ", ".join(f"{value} on {at}" for value, at in zip(told, days, strict=True))
    return Trend(
        name=name,
        line=" ".join(f"{x:.1f},{y:.1f}" for x, y in points),
        last_x=round(points[-1][0], 1),
        last_y=round(points[-1][1], 1),
        first=told[0],
        last=told[-1],
        sentence=f"{name}: {steps}",
    )


def _at(share: float, place: int, count: int) -> tuple[float, float]:
    turn = 2.0 * math.pi * place / count - math.pi / 2.0
    return CENTRE + RADIUS * share * math.cos(turn), CENTRE + RADIUS * share * math.sin(turn)


def _polygon(shares: Sequence[float]) -> str:
    corners = (_at(share, place, len(shares)) for place, share in enumerate(shares))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)


def _spoke(pillar: PillarResult, place: int, count: int) -> Spoke:
    x, y = _at(1.0, place, count)
    label_x, label_y = _at(LABEL_AT, place, count)
    aside = label_x - CENTRE
    anchor = "middle" if abs(aside) < 1.0 else "start" if aside > 0 else "end"
    return Spoke(
        x=round(x, 1),
        y=round(y, 1),
        label=f"{PILLAR_NAMES[pillar.pillar]} {score(pillar.score)}",
        label_x=round(label_x, 1),
        label_y=round(label_y, 1),
        anchor=anchor,
    )
