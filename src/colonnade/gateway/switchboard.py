"""One port serves several workloads: the API key says which of them a request belongs to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import msgspec

from colonnade.errors import ColonnadeError
from colonnade.gateway.application import Gateway
from colonnade.gateway.calls import Receive, authorization_of
from colonnade.gateway.exposition import CONTENT_TYPE, render
from colonnade.gateway.respond import Send, respond

Holds = Callable[[str | None], bool]
"""Whether an authorization header names a key of a workload; says nothing of its validity."""
_READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Line:
    """One workload behind the port."""

    name: str
    gateway: Gateway
    holds: Holds


@dataclass(slots=True)
class Switchboard:
    """The ASGI callable of several gateways. A key that nobody holds is refused by the first of them."""

    lines: Sequence[Line]
    failure: ColonnadeError | None = None

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Connect one request, or live through the start and stop of all."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["path"] == "/readyz" and scope["method"] in _READS:
            await self._tell_readiness(send)
        elif scope["path"] == "/metrics" and scope["method"] in _READS:
            await self._tell_metrics(send)
        else:
            await self._line(scope).gateway(scope, receive, send)

    def give_notice(self) -> None:
        """Say that the end is near, for every workload."""
        for line in self.lines:
            line.gateway.give_notice()

    def drain(self) -> None:
        """Take no new calls for any workload."""
        for line in self.lines:
            line.gateway.drain()

    def _line(self, scope: Any) -> Line:
        authorization = authorization_of(dict(scope.get("headers", ())))
        return next((line for line in self.lines if line.holds(authorization)), self.lines[0])

    async def _tell_readiness(self, send: Send) -> None:
        told = {line.name: await line.gateway.readiness.ask() for line in self.lines}
        status = max(status for status, _ in told.values())
        worst = next(document["status"] for each, document in told.values() if each == status)
        components = {
            f"{name}.{component}": state
            for name, (_, document) in told.items()
            for component, state in document["components"].items()
        }
        revisions = {line.name: line.gateway.way.revision for line in self.lines}
        refused = {name: text for name, (_, it) in told.items() if (text := it.get("refused_change"))}
        document = {"status": worst, "components": components, "revisions": revisions}
        if refused:
            document["refused_changes"] = refused
        await respond(send, status, msgspec.json.encode(document))

    async def _tell_metrics(self, send: Send) -> None:
        """Each workload's rows; a name is described once, and every sample carries the workload."""
        shown = {line.name: line.gateway.counted() for line in self.lines}
        await respond(send, 200, render(shown), [(b"content-type", CONTENT_TYPE)])

    async def _live(self, receive: Receive, send: Send) -> None:
        async with AsyncExitStack() as life:
            await receive()
            try:
                for line in self.lines:
                    await life.enter_async_context(line.gateway.life())
            except ColonnadeError as error:
                self.failure = error
                await send({"type": "lifespan.startup.failed"})
                return
            await send({"type": "lifespan.startup.complete"})
            await receive()
            self.drain()
        await send({"type": "lifespan.shutdown.complete"})
