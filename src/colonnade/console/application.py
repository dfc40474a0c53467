"""The console as one ASGI application: pages behind a door, every answer guarded."""

from __future__ import annotations

from functools import partial
from ipaddress import ip_address
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from colonnade.console.door import Door, Doorkeeper, SecurityHeaders, sign_in
from colonnade.console.frame import Frame
from colonnade.console.pages.cost import Cost
from colonnade.console.pages.drills import Drills
from colonnade.console.pages.indicators import Indicators
from colonnade.console.pages.requests import Requests
from colonnade.console.pages.scoreboard import Scoreboard
from colonnade.console.sources import Sources

STATIC = Path(__file__).parent / "static"
LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"]


def create_console(sources: Sources, *, host: str, port: int, token: str) -> Starlette:
    """The console over `sources`.

    Args:
        sources: what is shown.
        host: the address of the listener; on the loopback, only its own names are answered.
        port: its port.
        token: what opens the console.
    """
    frame = Frame(sources.workload)
    door = Door(token, f"colonnade-console-{port}")
    pages = [each(sources, frame).routes() for each in (Scoreboard, Requests, Indicators, Drills, Cost)]
    return Starlette(
        routes=[
            *(route for routes in pages for route in routes),
            Route("/sign-in", partial(sign_in, door=door, frame=frame), methods=["POST"]),
            Route("/healthz", _healthy, methods=["GET"]),
            Mount("/static", Assets(directory=STATIC)),
        ],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(TrustedHostMiddleware, allowed_hosts=_names(host), www_redirect=False),
            Middleware(Doorkeeper, door=door, frame=frame),
        ],
        exception_handlers={HTTPException: partial(_refused, frame)},
    )


class Assets(StaticFiles):
    """Files of the package; a browser asks whether they are still the same."""

    def file_response(self, *args: object, **named: object) -> Response:
        """The file."""
        answer = super().file_response(*args, **named)  # type: ignore[arg-type]
        answer.headers["cache-control"] = "no-cache"
        return answer


def _names(host: str) -> list[str]:
    """Host names that are answered: a name that was bent to the loopback must not reach the console."""
    try:
        loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        loopback = False
    return LOOPBACK_NAMES if loopback else ["*"]


async def _healthy(request: Request) -> Response:  # noqa: ARG001 - the signature of endpoints
    return PlainTextResponse("ok\n")


def _refused(frame: Frame, request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404 and error.detail == "Not Found":
        return frame.problem(request, 404, "There is no such page.")
    return frame.problem(request, error.status_code, error.detail)
