"""The stage `direct`: the name that a caller gives as `model` leads to a route and what it is bound to."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass

from colonnade.errors import InvalidRequest, NotFound
from colonnade.gateway.call import Call, Forward, Reply, Urgency
from colonnade.gateway.field_faults import missing
from colonnade.workload.sections.serving import ModelBinding, Route

URGENCY = b"x-colonnade-urgency"
_LONGEST_QUOTED = 80


@dataclass(frozen=True, slots=True)
class Direct:
    """Finds the route and binds its own model; `attempt` binds another one where the route has further targets."""

    routes: Mapping[str, Route]
    bindings: Mapping[str, ModelBinding]
    name: str = "direct"

    def __call__(self, call: Call, forward: Forward) -> Awaitable[Reply]:
        """Set route and binding.

        Raises:
            NotFound: `model_not_found`, there is no such route.
            InvalidRequest: the route serves another endpoint, or none is named and not just one serves this one.
                `invalid_header`, where the caller names an urgency that there is not.
        """
        call.model = call.model or self._only(call)
        route = self.routes.get(call.model)
        if route is None:
            raise _unknown(call.model)
        if route.endpoint != call.endpoint:
            raise InvalidRequest(
                f"The model '{call.model}' serves {route.endpoint}, not {call.endpoint}.",
                code="unsupported_endpoint",
                param="model",
            )
        call.route_name, call.route = call.model, route
        call.binding_name, call.binding = route.model, self.bindings[route.model]
        if not call.batch:
            call.urgency = _urgency(call, route)
        return forward(call)

    def _only(self, call: Call) -> str:
        """The route of the endpoint, for callers that name none; raises InvalidRequest unless there is just one."""
        serving = [name for name, route in self.routes.items() if route.endpoint == call.endpoint]
        if len(serving) != 1:
            missing("model")
        return serving[0]


def _unknown(model: str) -> NotFound:
    quoted = f" '{model}'" if len(model) <= _LONGEST_QUOTED and model.isprintable() else ""
    return NotFound(
        f"The model{quoted} does not exist or you do not have access to it.",
        code="model_not_found",
        param="model",
    )


def _urgency(call: Call, route: Route) -> Urgency:
    asked = call.headers.get(URGENCY)
    if asked is None:
        return route.urgency
    if asked == b"interactive":
        return "interactive"
    if asked == b"deferrable":
        return "deferrable"
    raise InvalidRequest(
        "The header x-colonnade-urgency must be `interactive` or `deferrable`.",
        code="invalid_header",
        param=URGENCY.decode(),
    )
