"""Cost and carbon over time, as charts and as the same figures in tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from colonnade.console.frame import Frame
from colonnade.console.series import GROUPINGS, Grouping, Series, Span
from colonnade.console.sources import Sources

SPANS = {
    "day": (Span(24, 3600), "Last 24 hours, by hour"),
    "week": (Span(7 * 24, 6 * 3600), "Last 7 days, by 6 hours"),
    "month": (Span(30 * 24, 24 * 3600), "Last 30 days, by day"),
}
DRAWN = 6
"""Causes that get a line of their own; the rest is one line."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What the workload spends."""

    sources: Sources
    frame: Frame

    def routes(self) -> list[Route]:
        """Where its pages are."""
        return [
            Route("/cost", self.frame.guarded(self.page), methods=["GET"]),
            Route("/series.json", self.frame.guarded(self.figures), methods=["GET"]),
        ]

    def page(self, request: Request) -> Response:
        """Charts and tables."""
        name, span = _asked(request)
        return self.frame.show(
            request,
            "cost.html",
            chosen=name,
            span=span,
            spans={key: words for key, (_, words) in SPANS.items()},
            groupings=GROUPINGS,
            series=self.sources.spent(span),
        )

    def figures(self, request: Request) -> Response:
        """The figures of the charts."""
        return JSONResponse(drawn(self.sources.spent(_asked(request)[1])))


def drawn(series: Series) -> dict[str, Any]:
    """A series as lines: US dollars by cause, carbon as a range; `at` and `step_s` in seconds."""
    names = list(series.causes)
    lines = [{"name": name, "usd": [each.usd for each in series.causes[name]]} for name in names[:DRAWN]]
    rest = names[DRAWN:]
    if rest:
        sums = [sum(series.causes[name][place].usd for name in rest) for place in range(len(series.at))]
        lines.append({"name": f"{len(rest)} others", "usd": sums})
    return {
        "at": list(series.at),
        "step_s": series.span.step_s,
        "cost": lines,
        "carbon_min_g": [each.carbon_min_g for each in series.steps],
        "carbon_max_g": [each.carbon_max_g for each in series.steps],
    }


def _asked(request: Request) -> tuple[str, Span]:
    name = request.query_params.get("span", "day")
    name = name if name in SPANS else "day"
    by = next((each for each in GROUPINGS if each == request.query_params.get("by")), None)
    grouping: Grouping = by or "route"
    return name, replace(SPANS[name][0], by=grouping)
