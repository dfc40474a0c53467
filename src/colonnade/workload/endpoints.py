"""What every endpoint needs: a model of the right purpose, on an upstream whose wire carries it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PURPOSES: Final[Mapping[str, str]] = {
    "chat": "text",
    "embeddings": "embedding",
    "images": "image",
    "speech": "speech",
    "transcriptions": "transcription",
    "moderations": "moderation",
    "rerank": "rerank",
}
"""Endpoint of a route -> purpose of the models that may answer it."""

SERVED: Final[Mapping[str, frozenset[str]]] = {
    "embedded": frozenset({"chat", "embeddings", "moderations", "rerank"}),
    "openai_compatible": frozenset(PURPOSES),
    "anthropic": frozenset({"chat"}),
    "gemini": frozenset({"chat", "embeddings"}),
    "bedrock": frozenset({"chat", "embeddings"}),
    "cohere": frozenset({"chat", "embeddings", "rerank"}),
    "simulator": frozenset(PURPOSES),
}
"""Kind of upstream -> endpoints that it can serve."""

HANDED: Final = frozenset({"chat", "embeddings", "moderations"})
"""Endpoints whose rows a provider's batch interface takes (`upstreams.*.batch`)."""

FILTERS: Final = "colonnade-filters"
"""The embedded model of moderations: the gateway's own filters, which have no weights and no pin."""
