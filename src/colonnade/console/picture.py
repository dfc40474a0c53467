"""The colonnade as geometry: eight columns under one roof, filled to their score, cracked while a HIGH is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from colonnade.console.wording import percent, pillar_name
from colonnade.review.report import PillarResult

SHAFT_TOP, SHAFT_BOTTOM = 152.0, 352.0
"""Top and foot of every shaft; a full score fills all of it."""
FIRST, PITCH = 95.0, 110.0
"""The axis of the first column, and the way to the next one."""
TOP_HALF, BOTTOM_HALF = 29.0, 35.0
FLUTES = (-18.0, -6.0, 6.0, 18.0)
CRACK = ((-5.0, 0.0), (6.0, 0.16), (-4.0, 0.31), (8.0, 0.47), (-7.0, 0.62), (4.0, 0.8), (-3.0, 1.0))
"""A jagged line down the shaft: the way from its axis, and how far down."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column in the units of the drawing; y grows downwards.

    `solid_top` and `hatched_top` are where the exercised part and the whole fill end.
    """

    pillar: str
    name: str
    lines: tuple[str, ...]
    axis: float
    shaft: str
    flutes: tuple[float, ...]
    solid_top: float
    hatched_top: float
    crack: str
    letter: str
    points: str
    open_high: int
    applies: bool
    sentence: str


def colonnade(pillars: Sequence[PillarResult]) -> list[Column]:
    """The columns from left to right."""
    return [_column(pillar, FIRST + PITCH * place) for place, pillar in enumerate(pillars)]


def _column(pillar: PillarResult, axis: float) -> Column:
    name = pillar_name(pillar.pillar)
    score, solid = pillar.score or 0.0, min(pillar.exercised, pillar.score or 0.0)
    return Column(
        pillar=pillar.pillar,
        name=name,
        lines=tuple(name.split(" ", 1)) if len(name) > 14 else (name,),
        axis=axis,
        shaft=_points(
            (axis - TOP_HALF, SHAFT_TOP),
            (axis + TOP_HALF, SHAFT_TOP),
            (axis + BOTTOM_HALF, SHAFT_BOTTOM),
            (axis - BOTTOM_HALF, SHAFT_BOTTOM),
        ),
        flutes=tuple(axis + offset for offset in FLUTES),
        solid_top=_height(solid),
        hatched_top=_height(score),
        crack=_crack(axis) if pillar.open_high else "",
        letter=pillar.letter,
        points="n/a" if pillar.score is None else percent(pillar.score),
        open_high=pillar.open_high,
        applies=pillar.score is not None,
        sentence=_sentence(name, pillar),
    )


def _height(share: float) -> float:
    return round(SHAFT_BOTTOM - (SHAFT_BOTTOM - SHAFT_TOP) * min(max(share, 0.0), 1.0), 1)


def _crack(axis: float) -> str:
    length = SHAFT_BOTTOM - SHAFT_TOP
    return _points(*((axis + aside, SHAFT_TOP + down * length) for aside, down in CRACK))


def _points(*corners: tuple[float, float]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)


def _sentence(name: str, pillar: PillarResult) -> str:
    if pillar.score is None:
        return f"{name}: no practice applies"
    high = f", {pillar.open_high} HIGH open" if pillar.open_high else ""
    return (
        f"{name}: grade {pillar.letter}, score {percent(pillar.score)}, {percent(pillar.exercised)} by exercise, "
        f"{pillar.proven} of {pillar.applicable} practices proven{high}"
    )
