"""A drill is drawn: a lane for each experiment with the time in which its fault was in, and below it how long answers took."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from colonnade.drills.course import Course, DrillRun
from colonnade.drills.diary import Diary

_WIDTH, _LEFT, _LANE, _TOP, _PANEL = 960.0, 230.0, 20.0, 46.0, 150.0
_SIGN: Final = {"passed": "+", "failed": "x", "void": "o", "aborted": "!"}
_INK, _SOFT, _FAULT = "#1c2733", "#8a97a6", "#c9d3de"
_MOST_POINTS: Final = 3000
_LATENCY: Final = "latency"
_Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Scale:
    """Moments to places along the picture."""

    began: float
    ended: float

    def x(self, at: float) -> float:
        share = (at - self.began) / max(1e-9, self.ended - self.began)
        return _LEFT + share * (_WIDTH - _LEFT - 16.0)


def chart(run: DrillRun, diaries: Sequence[Diary]) -> bytes:
    """The picture as SVG. It can be read without colour: faults are boxes, witnesses strokes, verdicts signs and words."""
    points = sorted(_latencies(diaries))[-_MOST_POINTS:]
    height = _TOP + _LANE * len(run.courses) + (_PANEL if points else 0.0) + 40.0
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {_WIDTH:.0f} {height:.0f}",
            "role": "img",
            "font-family": "sans-serif",
            "font-size": "11",
        },
    )
    SubElement(root, "title").text = f"{run.drill}: {run.verdict}"
    _text(root, 12.0, 18.0, f"{run.drill}: {run.verdict}", weight="bold", size="13")
    _text(
        root,
        12.0,
        34.0,
        f"box: fault in; |: seen; signs: {', '.join(f'{s} {w}' for w, s in _SIGN.items())}",
        ink=_SOFT,
    )
    scale = _Scale(run.began, run.ended)
    for number, course in enumerate(run.courses):
        _lane(root, _TOP + _LANE * number, course, scale)
    bottom = _TOP + _LANE * len(run.courses)
    if points:
        _panel(root, bottom + 10.0, points, scale)
        bottom += _PANEL
    _axis(root, bottom + 16.0, scale)
    drawn: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return drawn


def _lane(root: Element, y: float, course: Course, scale: _Scale) -> None:
    _text(root, 12.0, y + 13.0, f"{_SIGN[course.verdict]} {course.experiment}"[:38])
    _line(root, (scale.x(course.began), y + 9.0), (scale.x(course.ended), y + 9.0), _SOFT)
    if course.injected:
        left, right = scale.x(course.injected), scale.x(course.removed or course.ended)
        box = {
            "x": f"{left:.1f}",
            "y": f"{y + 2.0:.1f}",
            "width": f"{max(1.0, right - left):.1f}",
            "height": "14",
        }
        rectangle = SubElement(root, "rect", {**box, "fill": _FAULT, "stroke": _INK, "stroke-width": "0.6"})
        SubElement(rectangle, "title").text = f"{', '.join(course.method)}: {course.reason}"
    if course.witnessed:
        seen = scale.x(course.witnessed)
        _line(root, (seen, y + 1.0), (seen, y + 17.0), _INK, "1.6")


def _panel(root: Element, top: float, points: Sequence[tuple[float, float]], scale: _Scale) -> None:
    """Seconds from the intended start to the end of each answer, upwards by powers of ten."""
    values = [max(1e-4, value) for _, value in points]
    low = math.floor(math.log10(min(values)))
    high = max(low + 1, math.ceil(math.log10(max(values))))
    inner = _PANEL - 24.0

    def y(value: float) -> float:
        share = (math.log10(max(1e-4, value)) - low) / (high - low)
        return top + inner - min(1.0, max(0.0, share)) * inner

    for power in range(low, high + 1):
        _line(root, (_LEFT, y(10.0**power)), (_WIDTH - 16.0, y(10.0**power)), _FAULT)
        _text(root, _LEFT - 8.0, y(10.0**power) + 4.0, f"{10.0**power:g} s", anchor="end", ink=_SOFT)
    _text(root, 12.0, top + 12.0, "time to the whole answer")
    for at, value in points:
        SubElement(
            root, "circle", {"cx": f"{scale.x(at):.1f}", "cy": f"{y(value):.1f}", "r": "1.6", "fill": _INK}
        )


def _axis(root: Element, y: float, scale: _Scale) -> None:
    lasted = max(1e-9, scale.ended - scale.began)
    for part in range(5):
        at = scale.began + lasted * part / 4
        _text(root, scale.x(at), y, f"{at - scale.began:.0f} s", anchor="middle", ink=_SOFT)


def _latencies(diaries: Sequence[Diary]) -> Iterator[tuple[float, float]]:
    for diary in diaries:
        for name, points in diary.series.items():
            if name.startswith(_LATENCY):
                yield from points


def _text(
    root: Element, x: float, y: float, text: str, *, anchor: str = "start", ink: str = _INK, weight: str = "normal",
    size: str = "11",
) -> None:  # fmt: skip
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor, "fill": ink, "font-weight": weight}
    SubElement(root, "text", {**place, "font-size": size}).text = text


def _line(root: Element, begin: _Point, end: _Point, ink: str, width: str = "1") -> None:
    ends = {"x1": f"{begin[0]:.1f}", "y1": f"{begin[1]:.1f}", "x2": f"{end[0]:.1f}", "y2": f"{end[1]:.1f}"}
    SubElement(root, "line", {**ends, "stroke": ink, "stroke-width": width})
