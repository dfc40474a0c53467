"""The stage `direct`: the name that a caller gives as `model` leads to a route and what it is bound to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from colonnade.errors import InvalidRequest, NotFound
from colonnade.gateway.call import Call, Forward, Reply
from colonnade.workload.sections.serving import ModelBinding, Route

_LONGEST_QUOTED = 80


@dataclass(frozen=True, slots=True)
class Direct:
    """Finds the route and binds its own model; `attempt` binds another one where the route has further targets."""

    routes: Mapping[str, Route]
    bindings: Mapping[str, ModelBinding]
    name: str = "direct"

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        """Set route and binding.

        Raises:
            NotFound: `model_not_found`, there is no such route.
            InvalidRequest: the route serves another endpoint.
        """
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
        return await forward(call)


def _unknown(model: str) -> NotFound:
    quoted = f" '{model}'" if len(model) <= _LONGEST_QUOTED and model.isprintable() else ""
    return NotFound(
        f"The model{quoted} does not exist or you do not have access to it.",
        code="model_not_found",
        param="model",
    )
