"""The gateway is an ASGI application, made from stages and upstreams, that knows no pillar."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import msgspec

from colonnade.errors import CallError, ColonnadeError, MethodNotAllowed, NotFound, Unavailable
from colonnade.gateway.call import Endpoint
from colonnade.gateway.calls import Calls, Limits, Receive, identified
from colonnade.gateway.dialect import OPENAI, Dialect
from colonnade.gateway.dialects.completions import COMPLETIONS
from colonnade.gateway.dialects.messages import MESSAGES
from colonnade.gateway.exposition import CONTENT_TYPE, render
from colonnade.gateway.listing import Listing
from colonnade.gateway.metrics import Metrics
from colonnade.gateway.pipeline import Stage, fold
from colonnade.gateway.readiness import Question, Readiness
from colonnade.gateway.respond import Send, respond, respond_error
from colonnade.gateway.responses.dialect import RESPONSES
from colonnade.gateway.service import Service
from colonnade.gateway.upstream.interface import Upstream
from colonnade.gateway.visits import Visits
from colonnade.gateway.way import Way

Application = Callable[[Any, Any, Any], Awaitable[None]]
Lifespan = Callable[[], AbstractAsyncContextManager[Any]]

ENDPOINTS: dict[str, tuple[Endpoint, Dialect]] = {
    "/v1/chat/completions": ("chat", OPENAI),
    "/v1/completions": ("chat", COMPLETIONS),
    "/v1/messages": ("chat", MESSAGES),
    "/v1/responses": ("chat", RESPONSES),
    "/v1/embeddings": ("embeddings", OPENAI),
    "/v1/images/generations": ("images", OPENAI),
    "/v1/images/edits": ("images", OPENAI),
    "/v1/images/variations": ("images", OPENAI),
    "/v1/audio/speech": ("speech", OPENAI),
    "/v1/audio/transcriptions": ("transcriptions", OPENAI),
    "/v1/audio/translations": ("transcriptions", OPENAI),
    "/v1/moderations": ("moderations", OPENAI),
    "/v1/rerank": ("rerank", OPENAI),
}
"""Path -> what is asked for there, and how the caller speaks."""

_MODELS = "/v1/models"
_ANTHROPIC = "/v1/messages"


@dataclass(slots=True)
class Gateway:
    """The ASGI callable. `give_notice()` says that the end is near; `drain()` refuses new calls, too, while those under
    way are finished.

    `failure` is why the application could not start, for whoever serves it to show. `shown` are the metrics of
    `/metrics`: those of this process unless others are counted together with it.
    """

    calls: Calls
    listings: Calls
    endpoints: Mapping[str, tuple[Endpoint, Dialect]]
    readiness: Readiness
    metrics: Metrics
    lifespan: Lifespan | None
    elsewhere: Application | None
    visits: Visits
    services: Sequence[Service] = ()
    shown: Callable[[], Metrics] | None = None
    failure: ColonnadeError | None = None
    closed: bool = False

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request, or live through the application's start and stop."""
        kind = scope["type"]
        served = self.endpoints.get(scope["path"]) if kind == "http" and scope["method"] == "POST" else None
        if served is not None and not self.closed:
            await self.calls.answer(*served, scope, receive, send)
        elif kind == "http":
            await self._answer(scope, receive, send)
        elif kind == "lifespan":
            await self._live(receive, send)
        elif self.elsewhere is not None:
            await self.elsewhere(scope, receive, send)

    def give_notice(self) -> None:
        """Say in `/readyz` that the end is near. Calls are still taken: whoever sends them has not looked yet."""
        self.readiness.draining = True

    def drain(self) -> None:
        """Say so in `/readyz`, and take no new calls."""
        self.give_notice()
        self.closed = True

    def counted(self) -> Metrics:
        """What `/metrics` shows."""
        return self.metrics if self.shown is None else self.shown()

    @property
    def way(self) -> Way:
        """The way of calls that begin now."""
        return self.calls.way

    def switch(self, way: Way) -> Way:
        """Lead calls that begin from now on along `way`; the old way, on which calls may still be, is returned."""
        old, self.calls.way = self.calls.way, way
        self.listings.way = Way(
            fold(self.visits.doors, Listing(tuple(way.models), int(time.time()))), revision=way.revision
        )
        for name in old.upstreams:
            self.readiness.upstreams.pop(f"upstream.{name}", None)
        self.readiness.upstreams.update(_questions(way.upstreams))
        return old

    @asynccontextmanager
    async def life(self) -> AsyncIterator[None]:
        """From the start of the application to its end; the upstreams of the last way are closed with it."""
        async with AsyncExitStack() as life:
            if self.lifespan is not None:
                await life.enter_async_context(self.lifespan())
            life.push_async_callback(self._close_upstreams)
            yield
            self.drain()

    async def _close_upstreams(self) -> None:
        for upstream in self.way.upstreams.values():
            await upstream.close()

    async def _answer(self, scope: Any, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        served = self.endpoints.get(path)
        if served is not None and method == "POST":
            await self._refuse(send, path, Unavailable("The gateway is stopping.", code="shutting_down"))
        elif (service := self._service(path)) is not None:
            await self._visit(service, scope, receive, send)
        elif served is not None:
            await self._refuse_method(send, path, "POST")
        elif path == _MODELS or path.startswith(_MODELS + "/"):
            await self._list(scope, receive, send)
        elif path in _OWN_PATHS:
            await self._tell(path, method, send)
        elif self.elsewhere is not None and not path.startswith("/v1/"):
            await self.elsewhere(scope, receive, send)
        else:
            await self._refuse(send, path, NotFound("There is no such path here.", code="unknown_url"))

    def _service(self, path: str) -> Service | None:
        return next((service for service in self.services if service.methods(path)), None)

    async def _visit(self, service: Service, scope: Any, receive: Receive, send: Send) -> None:
        allowed = service.methods(scope["path"])
        if scope["method"] not in allowed:
            await self._refuse_method(send, scope["path"], ", ".join(sorted(allowed)))
        else:
            await self.visits.answer(service, self._dialect(scope["path"]), scope, receive, send)

    async def _list(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET":
            await self._refuse_method(send, scope["path"], "GET")
        else:
            await self.listings.answer("models", OPENAI, scope, receive, send)

    async def _tell(self, path: str, method: str, send: Send) -> None:
        if method not in {"GET", "HEAD"}:
            await self._refuse_method(send, path, "GET")
        elif path == "/healthz":
            await respond(send, 200, b'{"status":"alive"}', self.way.headers)
        elif path == "/readyz":
            status, document = await self.readiness.ask()
            await respond(send, status, msgspec.json.encode(document), self.way.headers)
        else:
            await respond(send, 200, render({"": self.counted()}), [(b"content-type", CONTENT_TYPE)])

    async def _refuse_method(self, send: Send, path: str, allowed: str) -> None:
        error = MethodNotAllowed(f"This path takes {allowed} only.", code="method_not_allowed")
        await self._refuse(send, path, error, (b"allow", allowed.encode()))

    async def _refuse(self, send: Send, path: str, error: CallError, *named: tuple[bytes, bytes]) -> None:
        """Answer what never becomes a call, in the shape and with the ids that a call's error has."""
        dialect, request_id = self._dialect(path), self.calls.next_id()
        headers = [*identified(request_id, dialect), *named, *self.way.headers]
        await respond_error(send, error, headers, body=dialect.error(error, request_id))

    def _dialect(self, path: str) -> Dialect:
        """How whoever asks for `path` speaks."""
        served = self.endpoints.get(path)
        if served is not None:
            return served[1]
        return MESSAGES if path.startswith(_ANTHROPIC) else OPENAI

    async def _live(self, receive: Receive, send: Send) -> None:
        async with AsyncExitStack() as life:
            await receive()
            try:
                await life.enter_async_context(self.life())
            except ColonnadeError as error:
                self.failure = error
                await send({"type": "lifespan.startup.failed"})
                return
            await send({"type": "lifespan.startup.complete"})
            await receive()
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
    endpoints: Mapping[str, tuple[Endpoint, Dialect]] | None = None,
    revision: str = "",
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
        endpoints: further paths of model calls, or other dialects for known ones.
        revision: short digest of what was loaded, announced on every answer.
    """
    readiness, metrics, limits = readiness or Readiness(), metrics or Metrics(), limits or Limits()
    readiness.upstreams = {**_questions(upstreams), **readiness.upstreams}
    way = Way.of(stages, upstreams, models, kinds=kinds, revision=revision)
    listing = Listing(tuple(models), int(time.time()))
    return Gateway(
        calls=Calls(way, metrics, limits),
        listings=Calls(Way(fold(doors, listing), revision=revision), Metrics(), limits),
        endpoints={**ENDPOINTS, **(endpoints or {})},
        readiness=readiness,
        metrics=metrics,
        lifespan=lifespan,
        elsewhere=elsewhere,
        visits=Visits(doors),
        services=services,
    )


def _questions(upstreams: Mapping[str, Upstream]) -> dict[str, Question]:
    return {f"upstream.{name}": upstream.ready for name, upstream in upstreams.items()}
