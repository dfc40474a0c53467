"""Every page is one template in one frame, escaped by default, with words for what goes wrong."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import jinja2
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from colonnade import __version__
from colonnade.console import wording
from colonnade.errors import ColonnadeError, FaultyWorkload
from colonnade.evidence.content import SealBroken

_HERE = Path(__file__).parent
_log = logging.getLogger("colonnade.console")
View = Callable[[Request], Response]

TITLES = {
    400: "That cannot be understood",
    401: "Sign in",
    403: "Refused",
    404: "Not found",
    405: "Not possible here",
    413: "Too large",
    500: "A defect of the console",
    503: "The evidence cannot be read",
}
DEFECT = "The console met a defect of its own; its log says where."


class Frame:
    """Renders templates; `workload` is the name that stands on every page."""

    def __init__(self, workload: str) -> None:
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            auto_reload=False,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(workload=workload, version=__version__)
        self._templates.filters.update(wording.FILTERS)

    def show(self, request: Request, template: str, status: int = 200, **facts: Any) -> Response:
        """A page."""
        page = self._templates.get_template(template)
        return HTMLResponse(page.render(path=request.url.path, **facts), status)

    def sign_in(self, request: Request, sentence: str) -> Response:
        """Say how to get in."""
        return self.show(request, "sign-in.html", 401, title=TITLES[401], sentence=sentence)

    def problem(
        self, request: Request, status: int, sentence: str, details: tuple[str, ...] = ()
    ) -> Response:
        """Say what is wrong."""
        title = TITLES.get(status, "Something is wrong")
        return self.show(request, "problem.html", status, title=title, sentence=sentence, details=details)

    def guarded(self, view: View) -> View:
        """`view`, with a page instead of a traceback for whatever it raises."""

        @wraps(view)
        def shown(request: Request) -> Response:
            try:
                return view(request)
            except HTTPException:
                raise
            except FaultyWorkload as error:
                return self.problem(request, 503, f"{error}.", tuple(str(fault) for fault in error.faults))
            except (ColonnadeError, SealBroken) as error:
                return self.problem(request, 503, f"{error}.")
            except Exception as error:  # noqa: BLE001 - a person gets a page; the log gets the place
                return self._defect(request, error)

        return shown

    def _defect(self, request: Request, error: Exception) -> Response:
        frames = traceback.extract_tb(error.__traceback__)
        # The exception's words stay out of the log: they may quote what was stored.
        _log.error("%s at %s:%s", type(error).__name__, frames[-1].filename, frames[-1].lineno)
        return self.problem(request, 500, DEFECT)
