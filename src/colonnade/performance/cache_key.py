"""Two calls share a stored answer only if everything that could change the answer is the same, the tenant included."""

from __future__ import annotations

import hashlib

import msgspec

from colonnade.gateway.call import Call, Identity

_encode = msgspec.json.Encoder(order="sorted").encode
_NO_PART_OF_THE_ANSWER = frozenset({"user", "metadata", "safety_identifier", "stream_options", "store"})
"""Fields that say who asks or how usage is shown; the answer itself does not depend on them."""


def cache_key(call: Call, policy: str) -> bytes:
    """32 bytes over the request as rendered, prompt version, model pin, knowledge, policy, form and tenant."""
    request = {name: value for name, value in call.request.items() if name not in _NO_PART_OF_THE_ANSWER}
    parts = (
        tenant(call.identity), call.endpoint, call.route_name, call.stream, call.binding_name, _model(call),
        call.prompt_name, call.prompt_version, call.generation, policy, request,
    )  # fmt: skip
    return hashlib.blake2b(_encode(parts), digest_size=32).digest()


def tenant(identity: Identity | None) -> tuple[str, str]:
    """Whose answers these are: the key's labels `tenant` and `team`; a key without either shares with nobody."""
    if identity is None:
        return "", ""
    labels = identity.labels.get("tenant", ""), identity.labels.get("team", "")
    return labels if any(labels) else ("key", identity.key_id)


def deterministic(call: Call) -> bool:
    """Whether the same request may get the same answer: temperature 0, a seed, embeddings, or the route says so."""
    if call.endpoint == "embeddings" or (call.route is not None and call.route.deterministic):
        return True
    return call.request.get("temperature") == 0 or call.request.get("seed") is not None


def _model(call: Call) -> str:
    binding = call.binding
    return "" if binding is None else f"{binding.model} {binding.pin or ''} {binding.snapshot or ''}"
