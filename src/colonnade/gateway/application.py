"""The gateway is an ASGI application, made from stages and upstreams, that knows no pillar."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Any

from colonnade.errors import ColonnadeError, MethodNotAllowed, NotFound, Unavailable
from colonnade.gateway.attempt import Attempt
from colonnade.gateway.call import Endpoint
from colonnade.gateway.calls import Calls, Limits, Receive
from colonnade.gateway.dialect import OPENAI, Dialect
from colonnade.gateway.listing import Listing
from colonnade.gateway.metrics import CONTENT_TYPE, Metrics
from colonnade.gateway.pipeline import Stage, fold
from colonnade.gateway.readiness import Readiness
from colonnade.gateway.respond import Send, respond, respond_error, respond_json
from colonnade.gateway.service import Service
from colonnade.gateway.upstream.interface import Upstream
from colonnade.gateway.visits import Visits

Application = Callable[[Any, Any, Any], Awaitable[None]]
Lifespan = Callable[[], AbstractAsyncContextManager[Any]]

ENDPOINTS: dict[str, tuple[Endpoint, Dialect]] = {
    "/v1/chat/completions": ("chat", OPENAI),
    "/v1/embeddings": ("embeddings", OPENAI),
}
"""Path -> what is asked for there, and how the caller speaks."""

_MODELS = "/v1/models"


@dataclass(slots=True)
class Gateway:
    """The ASGI callable. `drain()` makes it refuse new calls while those under way are finished.

    `failure` is why the application could not start, for whoever serves it to show.
    """

    calls: Calls
    listings: Calls
    upstreams: Mapping[str, Upstream]
    readiness: Readiness
    metrics: Metrics
    lifespan: Lifespan | None
    elsewhere: Application | None
    visits: Visits
    services: Sequence[Service] = ()
    failure: ColonnadeError | None = None

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request, or live through the application's start and stop."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self.elsewhere is not None:
            await self.elsewhere(scope, receive, send)

    def drain(self) -> None:
        """Say so in `/readyz`, and take no new calls."""
        self.readiness.draining = True

    async def _answer(self, scope: Any, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        served = ENDPOINTS.get(path)
        if served is not None and method == "POST":
            if self.readiness.draining:
                await respond_error(send, Unavailable("The gateway is stopping.", code="shutting_down"))
            else:
                await self.calls.answer(*served, scope, receive, send)
        elif (service := self._service(path)) is not None:
            await self._visit(service, scope, receive, send)
        elif served is not None:
            await _refuse_method(send, "POST")
        elif path == _MODELS or path.startswith(_MODELS + "/"):
            await self._list(scope, receive, send)
        elif path in _OWN_PATHS:
            await self._tell(path, method, send)
        elif self.elsewhere is not None and not path.startswith("/v1/"):
            await self.elsewhere(scope, receive, send)
        else:
            await respond_error(send, NotFound("There is no such path here.", code="unknown_url"))

    def _service(self, path: str) -> Service | None:
        return next((service for service in self.services if service.methods(path)), None)

    async def _visit(self, service: Service, scope: Any, receive: Receive, send: Send) -> None:
        allowed = service.methods(scope["path"])
        if scope["method"] not in allowed:
            await _refuse_method(send, ", ".join(sorted(allowed)))
        else:
            await self.visits.answer(service, scope, receive, send)

    async def _list(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET":
            await _refuse_method(send, "GET")
        else:
            await self.listings.answer("models", OPENAI, scope, receive, send)

    async def _tell(self, path: str, method: str, send: Send) -> None:
        if method not in {"GET", "HEAD"}:
            await _refuse_method(send, "GET")
        elif path == "/healthz":
            await respond_json(send, 200, {"status": "alive"})
        elif path == "/readyz":
            status, document = await self.readiness.ask()
            await respond_json(send, status, document)
        else:
            await respond(send, 200, self.metrics.render(), [(b"content-type", CONTENT_TYPE)])

    async def _live(self, receive: Receive, send: Send) -> None:
        async with AsyncExitStack() as life:
            await receive()
            try:
                if self.lifespan is not None:
                    await life.enter_async_context(self.lifespan())
            except ColonnadeError as error:
                self.failure = error
                await send({"type": "lifespan.startup.failed"})
                return
            for upstream in self.upstreams.values():
                life.push_async_callback(upstream.close)
            await send({"type": "lifespan.startup.complete"})
            await receive()
            self.drain()
        await send({"type": "lifespan.shutdown.complete"})


_OWN_PATHS = {"/healthz", "/readyz", "/metrics"}


def create_app(
    *,
    stages: Sequence[Stage],
    upstreams: Mapping[str, Upstream],
    models: Sequence[str],
    doors: Sequence[Stage] = (),
    readiness: Readiness | None = None,
    metrics: Metrics | None = None,
    lifespan: Lifespan | None = None,
    elsewhere: Application | None = None,
    limits: Limits | None = None,
    services: Sequence[Service] = (),
    kinds: Mapping[str, str] | None = None,
) -> Gateway:
    """The gateway as an ASGI callable.

    Args:
        stages: the way of a model call, first to last; `Attempt` follows the last.
        upstreams: by the names that bindings use; closed when the application stops.
        models: the route names that `/v1/models` lists.
        doors: stages that a listing of models passes, e.g. `identify`.
        readiness: what `/readyz` asks; the upstreams are added to it.
        metrics: what `/metrics` shows.
        lifespan: entered before the first request and left after the last.
        elsewhere: answers paths outside `/v1` that the gateway does not know, e.g. the console.
        limits: of bodies.
        services: answer paths under `/v1` that are no model calls.
        kinds: the kind of each upstream, which decides what fields it can do; others are given every field.
    """
    readiness = readiness or Readiness()
    of_upstreams = {f"upstream.{name}": upstream.ready for name, upstream in upstreams.items()}
    readiness.upstreams = {**of_upstreams, **readiness.upstreams}
    metrics, limits = metrics or Metrics(), limits or Limits()
    listing = Listing(tuple(models), int(time.time()))
    return Gateway(
        calls=Calls(fold(stages, Attempt(upstreams, kinds or {})), metrics, limits),
        listings=Calls(fold(doors, listing), Metrics(), limits),
        upstreams=upstreams,
        readiness=readiness,
        metrics=metrics,
        lifespan=lifespan,
        elsewhere=elsewhere,
        visits=Visits(doors),
        services=services,
    )


async def _refuse_method(send: Send, allowed: str) -> None:
    error = MethodNotAllowed(f"This path takes {allowed} only.", code="method_not_allowed")
    await respond_error(send, error, [(b"allow", allowed.encode())])
