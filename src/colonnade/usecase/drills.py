"""Drill of step 1: a request that breaks each enforceable constraint is sent, and is refused by its policy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from colonnade.errors import CallError
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.gateway.call import Call, Reply
from colonnade.usecase.constraining import UNKNOWN, Constrain
from colonnade.usecase.constraints import RESIDENCY
from colonnade.usecase.evidence import BrokenConstraint, ConstraintDrill
from colonnade.workload.specification import Specification


@dataclass(frozen=True, slots=True)
class Breach:
    """One way to break a constraint: `send` sends the request, by the code that holds real ones.

    `enforced` says that the gateway that serves has the stage that holds them.
    """

    policy: str
    enforced: bool
    send: Callable[[], Awaitable[object]]


async def constraints(breaches: Sequence[Breach], scope: Scope) -> Record:
    """Break every constraint that can be enforced, one after the other."""
    view = ConstraintDrill(broken=[await _broken(breach) for breach in breaches])
    return scope.record(
        view, kind="drill", source="drill", collector="usecase.constraints@1", n=len(breaches)
    )


async def _broken(breach: Breach) -> BrokenConstraint:
    try:
        await breach.send()
    except CallError as error:
        code = error.code or error.type
    else:
        code = ""
    return BrokenConstraint(policy=breach.policy, enforced=breach.enforced, refused_with=code)


def residency_breach(specification: Specification, *, enforced: bool) -> Breach | None:
    """A request whose model is moved out of the allowed regions; None where data may be processed anywhere."""
    route_name, route = next(iter(specification.routes.items()))
    binding = specification.models[route.model]
    upstreams = dict(specification.upstreams)
    upstreams[binding.upstream] = upstreams[binding.upstream].model_copy(update={"region": UNKNOWN})
    stage = Constrain.of(specification.model_copy(update={"upstreams": upstreams}))
    if stage is None:
        return None
    call = Call(
        id="drill", endpoint=route.endpoint, received_at=0.0, started=0.0, authorization=None, headers={}, body=b"",
        route_name=route_name, route=route, binding_name=route.model, binding=binding,
    )  # fmt: skip

    async def send() -> Reply:
        return await stage(call, _let_through)

    return Breach(RESIDENCY, enforced, send)


async def _let_through(call: Call) -> Reply:  # noqa: ARG001 - an upstream as the stage sees it
    return Reply()
