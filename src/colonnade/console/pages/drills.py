"""What was exercised lately, how each drill went, and its chart."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from colonnade.console.frame import Frame
from colonnade.console.sources import Sources

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Drills:
    """Runs of drills, newest first, and one of them."""

    sources: Sources
    frame: Frame

    def routes(self) -> list[Route]:
        """Where its pages are."""
        return [
            Route("/drills", self.frame.guarded(self.page), methods=["GET"]),
            Route("/drills/{number}", self.frame.guarded(self.run), methods=["GET"]),
            Route("/drills/{number}/chart.svg", self.frame.guarded(self.chart), methods=["GET"]),
        ]

    def page(self, request: Request) -> Response:
        """Every run that is shown."""
        runs, now = self.sources.drill_runs(SHOWN), self.sources.drill_now()
        return self.frame.show(request, "drills.html", runs=runs, now=now)

    def run(self, request: Request) -> Response:
        """One run: every experiment with its phases, and the time line."""
        number = request.path_params["number"]
        found = next((it for it in self.sources.drill_runs(SHOWN) if it.run.number == number), None)
        if found is None:
            raise HTTPException(404, "There is no such run of a drill.")
        drawn = self.sources.drill_chart(number) is not None
        return self.frame.show(request, "drill.html", kept=found, run=found.run, drawn=drawn)

    def chart(self, request: Request) -> Response:
        """The picture beside the record."""
        drawn = self.sources.drill_chart(request.path_params["number"])
        if drawn is None:
            raise HTTPException(404, "There is no chart of this run.")
        return Response(drawn, media_type="image/svg+xml")
