"""The stage `direct`: the name that a caller gives as `model` leads to a route and what it is bound to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from colonnade.errors import InvalidRequest, NotFound
from colonnade.gateway.call import Call, Forward, Reply
from colonnade.gateway.capabilities import unsupported
from colonnade.workload.sections.serving import ModelBinding, Route

DROPPED = b"x-colonnade-dropped-fields"
_LONGEST_QUOTED = 80


@dataclass(frozen=True, slots=True)
class Direct:
    """Finds the route. `kinds` maps upstream names to their kinds, which decide what fields they can do."""

    routes: Mapping[str, Route]
    bindings: Mapping[str, ModelBinding]
    kinds: Mapping[str, str]
    name: str = "direct"

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        """Set route and binding.

        Raises:
            NotFound: `model_not_found`, there is no such route.
            InvalidRequest: the route serves another endpoint, or refuses a field that its upstream cannot do.
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
        self._settle_fields(call, route, call.binding)
        return await forward(call)

    def _settle_fields(self, call: Call, route: Route, binding: ModelBinding) -> None:
        fields = unsupported(self.kinds[binding.upstream], call.request)
        if not fields:
            return
        if route.unsupported_fields == "reject":
            raise InvalidRequest(
                f"The route '{call.route_name}' cannot do: {', '.join(fields)}.",
                code="unsupported_parameter",
                param=fields[0],
            )
        for field in fields:
            del call.request[field]
        call.dropped_fields = fields
        call.reply_headers.append((DROPPED, ",".join(fields).encode()))
        call.decide(self.name, f"dropped {', '.join(fields)}")


def _unknown(model: str) -> NotFound:
    quoted = f" '{model}'" if len(model) <= _LONGEST_QUOTED and model.isprintable() else ""
    return NotFound(
        f"The model{quoted} does not exist or you do not have access to it.",
        code="model_not_found",
        param="model",
    )
