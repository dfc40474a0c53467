"""A batch may ask of an endpoint what a line of JSON can say, and JSON can answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from colonnade.gateway.call import Endpoint
from colonnade.gateway.dialect import Dialect

Endpoints = Mapping[str, tuple[Endpoint, Dialect]]
"""Path -> what is asked for there, and how the caller speaks."""

_KINDS: Final[frozenset[Endpoint]] = frozenset({"chat", "embeddings", "images", "moderations", "rerank"})
_FORMS: Final = frozenset({"/v1/images/edits", "/v1/images/variations"})


def batched(endpoints: Endpoints) -> Endpoints:
    """Those of the gateway's endpoints that rows of a batch may name."""
    return {path: it for path, it in endpoints.items() if it[0] in _KINDS and path not in _FORMS}
