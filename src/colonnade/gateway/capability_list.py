"""`GET /v1/capabilities` tells what every route can do, from the very tables by which requests are settled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from colonnade.gateway.call import Endpoint
from colonnade.gateway.capabilities import gaps
from colonnade.gateway.dialect import Dialect
from colonnade.gateway.read import STREAMED
from colonnade.gateway.service import Told, Visit
from colonnade.workload.sections.serving import Modalities, ModelBinding, Route
from colonnade.workload.specification import Specification

PATH: Final = "/v1/capabilities"

State = Literal["yes", "passed_on", "emulated", "dropped", "refused", "varies"]
"""`passed_on`: the field reaches the upstream, and only its maker knows what it does with it; `varies`: by target."""

FEATURES: Final[Mapping[str, str]] = {
    "tools": "tools",
    "json_schema": "response_format",
    "logprobs": "logprobs",
    "n": "n",
    "seed": "seed",
    "reasoning_effort": "reasoning_effort",
}
"""What callers ask for most -> the field of chat completions that asks for it."""


class TargetAbility(msgspec.Struct):
    """One model that may answer."""

    model: str
    upstream: str
    kind: str


class Fields(msgspec.Struct):
    """Fields of requests that some target cannot do, by what becomes of them."""

    refused: list[str] = []
    dropped: list[str] = []
    emulated: list[str] = []


class RouteAbility(msgspec.Struct):
    """What a route can do. `context_tokens` and `max_output_tokens` are those of its smallest target; 0: no limit.

    `resumes` is whether a stream of plain text that breaks may go on at another target.
    """

    id: str
    endpoint: Endpoint
    paths: list[str]
    dialects: list[str]
    targets: list[TargetAbility]
    input: list[str]
    output: list[str]
    context_tokens: int
    max_output_tokens: int
    streaming: bool
    resumes: bool
    features: dict[str, State]
    fields: Fields


class Listed(msgspec.Struct):
    """The document."""

    data: list[RouteAbility]
    object: str = "list"


@dataclass(frozen=True, slots=True)
class CapabilityList:
    """The service. `specification` gives the workload that serves now; `endpoints` are the paths of model calls."""

    specification: Callable[[], Specification]
    endpoints: Mapping[str, tuple[Endpoint, Dialect]]
    name: str = "capabilities"

    def methods(self, path: str) -> frozenset[str]:
        """GET at its one path."""
        return frozenset({"GET"}) if path == PATH else frozenset()

    async def answer(self, visit: Visit) -> Told:  # noqa: ARG002 - the interface
        """Every route."""
        specification = self.specification()
        data = [
            ability(name, route, specification, self.endpoints)
            for name, route in specification.routes.items()
        ]
        return Told(body=msgspec.json.encode(Listed(data)))


def ability(
    name: str, route: Route, specification: Specification, endpoints: Mapping[str, tuple[Endpoint, Dialect]]
) -> RouteAbility:
    """What one route can do."""
    bindings = [
        specification.models[it] for it in dict.fromkeys((route.model, *(t.model for t in route.targets)))
    ]
    kinds = [specification.upstreams[it.upstream].kind for it in bindings]
    served = {
        path: dialect.name for path, (endpoint, dialect) in endpoints.items() if endpoint == route.endpoint
    }
    chat = route.endpoint == "chat"
    return RouteAbility(
        id=name,
        endpoint=route.endpoint,
        paths=sorted(served),
        dialects=sorted(set(served.values())),
        targets=[
            TargetAbility(it.model, it.upstream, kind) for it, kind in zip(bindings, kinds, strict=True)
        ],
        input=_kinds(bindings, lambda it: it.input),
        output=_kinds(bindings, lambda it: it.output),
        context_tokens=min(it.context_tokens for it in bindings) if chat else 0,
        max_output_tokens=route.max_output_tokens if chat else 0,
        streaming=route.endpoint in STREAMED,
        resumes=route.resume and any(specification.upstreams[it.upstream].continues for it in bindings),
        features=_features(route, kinds) if chat else {},
        fields=_fields(route, kinds),
    )


def _kinds(bindings: Iterable[ModelBinding], of: Callable[[Modalities], Iterable[str]]) -> list[str]:
    """The kinds of content that every target takes, or gives."""
    sets = [set(of(binding.modalities)) for binding in bindings]
    return sorted(set.intersection(*sets))


def _features(route: Route, kinds: Iterable[str]) -> dict[str, State]:
    states = {name: {_state(route, kind, name) for kind in kinds} for name in FEATURES}
    return {name: found.pop() if len(found) == 1 else "varies" for name, found in states.items()}


def _state(route: Route, kind: str, feature: str) -> State:
    found = gaps(kind, route.endpoint)
    if FEATURES[feature] not in found.fields:
        return "passed_on" if kind == "openai_compatible" else "yes"
    if route.unsupported_fields == "emulate" and feature in found.emulated:
        return "emulated"
    return "refused" if route.unsupported_fields == "reject" else "dropped"


def _fields(route: Route, kinds: Iterable[str]) -> Fields:
    lost: set[str] = set()
    emulated: set[str] = set()
    for kind in kinds:
        found = gaps(kind, route.endpoint)
        here = (
            frozenset[str]().union(*found.emulated.values())
            if route.unsupported_fields == "emulate"
            else set()
        )
        emulated |= here
        lost |= found.fields - here
    refused, dropped = (lost, set()) if route.unsupported_fields == "reject" else (set(), lost)
    return Fields(refused=sorted(refused), dropped=sorted(dropped), emulated=sorted(emulated))
