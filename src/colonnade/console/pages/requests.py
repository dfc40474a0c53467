"""Requests, newest first, and the whole way of each; stored text is shown only when somebody asks for it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from colonnade.console.frame import Frame
from colonnade.console.sources import Sought, Sources, Told
from colonnade.console.timeline import timeline
from colonnade.evidence.content import Content
from colonnade.evidence.request import Outcome
from colonnade.responsibility.explanation import explain

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
LONGEST = 200
"""Characters of a filter that are looked at."""


@dataclass(frozen=True, slots=True)
class Requests:
    """The journal, for people."""

    sources: Sources
    frame: Frame

    def routes(self) -> list[Route]:
        """Where its pages are."""
        guarded = self.frame.guarded
        return [
            Route("/requests", guarded(self.newest), methods=["GET"]),
            Route("/requests/{request}", guarded(self.one), methods=["GET"]),
            Route("/requests/{request}/text", guarded(self.with_text), methods=["POST"]),
        ]

    def newest(self, request: Request) -> Response:
        """A page of requests."""
        sought = _sought(request)
        found = self.sources.requests(sought)
        return self.frame.show(
            request,
            "requests.html",
            sought=sought,
            found=found,
            routes=self.sources.routes(),
            outcomes=OUTCOMES,
            here=_address(sought, sought.before),
            older=_address(sought, found.further) if found.further else "",
            newer=_address(sought, None) if sought.before else "",
        )

    def one(self, request: Request) -> Response:
        """One request, without its text."""
        return self._show(request, self._told(request), None)

    def with_text(self, request: Request) -> Response:
        """One request with what is kept of its text, redacted as it was stored."""
        told = self._told(request)
        content = self.sources.stored_text(told.record.id)
        return self._show(request, told, content or Content(None, None))

    def _told(self, request: Request) -> Told:
        identifier = request.path_params["request"]
        told = self.sources.request(identifier)
        if told is None:
            raise HTTPException(404, f"The journal holds no request {identifier!r}.")
        return told

    def _show(self, request: Request, told: Told, content: Content | None) -> Response:
        return self.frame.show(
            request,
            "request.html",
            record=told.record,
            explanation=explain(told.record, told.passages),
            events=timeline(told.record),
            content=content,
        )


def _sought(request: Request) -> Sought:
    asked = request.query_params
    outcome = asked.get("outcome", "")
    return Sought(
        route=asked.get("route", "")[:LONGEST],
        outcome=outcome if outcome in OUTCOMES else "",
        text=asked.get("text", "").strip()[:LONGEST],
        before=_place(asked.get("before", "")),
    )


def _place(written: str) -> tuple[float, str] | None:
    """`1700000000.5~req-1` as a place in the journal; anything else is its newest end."""
    at, _, identifier = written.partition("~")
    try:
        moment = float(at)
    except ValueError:
        return None
    return (moment, identifier) if identifier and math.isfinite(moment) else None


def _address(sought: Sought, before: tuple[float, str] | None) -> str:
    asked = {"route": sought.route, "outcome": sought.outcome, "text": sought.text}
    asked["before"] = f"{before[0]!r}~{before[1]}" if before else ""
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"/requests?{query}" if query else "/requests"
