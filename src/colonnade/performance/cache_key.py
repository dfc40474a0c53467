"""Two calls share a stored answer only if everything that could change the answer is the same, the tenant included."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from colonnade.gateway.call import Call, Identity
from colonnade.workload.sections.serving import ModelBinding, Route, Upstream
from colonnade.workload.specification import Specification

encode = msgspec.json.Encoder(order="sorted").encode
"""Canonical JSON: the same for the same fields, whatever their order."""
_COMPUTED: Final = frozenset({"embeddings", "moderations", "rerank"})
"""Endpoints whose answers are computed and not drawn by lot."""
NO_PART_OF_THE_ANSWER: Final = frozenset({
    "user", "metadata", "safety_identifier", "stream_options", "store",
})  # fmt: skip
"""Fields that say who asks or how usage is shown; the answer itself does not depend on them."""
_BETA: Final = b"anthropic-beta"
"""The one header of callers that may say how a request is to be read."""


def scope_of(call: Call, release: bytes, policy: str, epoch: str) -> tuple[Any, ...]:
    """Whose answer it is and what made it, apart from the request: tenant, form, dialect, release, index, policy.

    The dialect is part of it, because fields of Anthropic's that a request may carry reach a model, or are named as
    dropped, only for callers who speak that way.
    """
    return (
        tenant(call.identity), call.endpoint, call.dialect.name, call.headers.get(_BETA), call.route_name, call.stream,
        release, call.prompt_name, call.prompt_version, call.generation, policy, epoch,
    )  # fmt: skip


def asked_of(request: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a request on which its answer depends."""
    return {name: value for name, value in request.items() if name not in NO_PART_OF_THE_ANSWER}


def releases_of(specification: Specification) -> dict[str, bytes]:
    """For every route a digest of what it is: its section, all models that may answer for it, and their upstreams."""
    return {name: _release(route, specification) for name, route in specification.routes.items()}


def release_of_one(binding: ModelBinding | None) -> bytes:
    """What stands for the release of a route of which no more is known than the model that it is bound to."""
    return b"" if binding is None else f"{binding.model} {binding.pin} {binding.snapshot}".encode()


def _release(route: Route, specification: Specification) -> bytes:
    names = dict.fromkeys((route.model, *(target.model for target in route.targets)))
    bindings = [specification.models[name] for name in names]
    upstreams = [specification.upstreams[binding.upstream] for binding in bindings]
    return _digest([route, *bindings, *upstreams])


def _digest(sections: Iterable[Route | ModelBinding | Upstream]) -> bytes:
    said = encode([section.model_dump(mode="json") for section in sections])
    return hashlib.sha256(said).digest()


def tenant(identity: Identity | None) -> tuple[str, str, str]:
    """Whose answers these are: the key's labels `tenant` and `team`; a key without either shares with nobody."""
    if identity is None:
        return "nobody", "", ""
    labels = identity.labels.get("tenant", ""), identity.labels.get("team", "")
    return ("labels", *labels) if any(labels) else ("key", identity.key_id, "")


def deterministic(call: Call) -> bool:
    """Whether the same request may get the same answer.

    Vectors, judgements and rankings do; text does at temperature 0, with a seed, or where the route says so; pictures
    and sound never do.
    """
    if call.endpoint != "chat":
        return call.endpoint in _COMPUTED
    if call.route is not None and call.route.deterministic:
        return True
    return call.request.get("temperature") == 0 or call.request.get("seed") is not None
