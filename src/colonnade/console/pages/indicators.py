"""Each indicator of success, its reading against baseline and target."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from colonnade.console.bullet import bullet
from colonnade.console.frame import Frame
from colonnade.console.sources import Sources


@dataclass(frozen=True, slots=True)
class Indicators:
    """What the owner promised, and how it stands."""

    sources: Sources
    frame: Frame

    def routes(self) -> list[Route]:
        """Where its pages are."""
        return [Route("/indicators", self.frame.guarded(self.page), methods=["GET"])]

    def page(self, request: Request) -> Response:
        """Every indicator."""
        read = self.sources.indicators()
        rows = [(each.indicator, each.reading, bullet(each.reading)) for each in read.gauges]
        reached = sum(each.reading.reached for each in read.gauges)
        return self.frame.show(request, "indicators.html", read=read, rows=rows, reached=reached)
