"""An operator throws cached answers away, at once and in every worker: `DELETE /v1/cache/answers`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import ClassVar, Final

import msgspec

from colonnade.errors import Forbidden, InvalidRequest
from colonnade.gateway.service import Told, Visit
from colonnade.performance.answers import Answers
from colonnade.performance.epochs import Epochs

PATH: Final = "/v1/cache/answers"


class Cleared(msgspec.Struct):
    """What was thrown away; `removed` counts this worker's entries only."""

    route: str | None
    removed: int


@dataclass(frozen=True, slots=True)
class Clearing:
    """The service `cache`: `?route=NAME` clears one of the `routes`, no parameter all of them."""

    answers: Answers
    epochs: Epochs
    routes: Callable[[], Collection[str]]
    name: ClassVar[str] = "cache"

    def methods(self, path: str) -> frozenset[str]:
        """DELETE, at the one path."""
        return frozenset({"DELETE"}) if path == PATH else frozenset()

    async def answer(self, visit: Visit) -> Told:
        """Throw away.

        Raises:
            Forbidden: the key is no operator's.
            InvalidRequest: there is no such route, or another parameter is given.
        """
        if visit.identity.role != "operator":
            raise Forbidden("Only an operator's key may throw cached answers away.", code="role_not_allowed")
        route = self._route(visit)
        await asyncio.to_thread(self.epochs.end, route)
        removed = self.answers.remove(route=route)
        return Told(body=msgspec.json.encode(Cleared(route, removed)))

    def _route(self, visit: Visit) -> str | None:
        unknown = next((name for name in visit.query if name != "route"), None)
        if unknown is not None:
            raise InvalidRequest(
                "Only the parameter 'route' is known here.", code="unknown_parameter", param=unknown[:64]
            )
        route = visit.query.get("route")
        if route is not None and route not in self.routes():
            raise InvalidRequest("There is no such route.", code="route_not_found", param="route")
        return route
