"""On Vertex AI a request for embeddings becomes `predict`, and its predictions OpenAI's list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from colonnade.gateway.unreadable import UNREADABLE, malformed
from colonnade.gateway.upstream.carried import refuse_fields
from colonnade.gateway.upstream.gemini.embedding import CANNOT
from colonnade.gateway.upstream.gemini.parts import PROVIDER
from colonnade.gateway.upstream.vectors import listed, texts_of

PLACE: Final = "/publishers/google"
"""How the base URL of Vertex AI ends."""


class _Statistics(msgspec.Struct):
    token_count: float = 0.0


class _Embeddings(msgspec.Struct):
    values: list[float]
    statistics: _Statistics | None = None


class _Prediction(msgspec.Struct):
    embeddings: _Embeddings


class _Predictions(msgspec.Struct):
    predictions: list[_Prediction]


_decode = msgspec.json.Decoder(_Predictions).decode


def alone(model: str) -> bool:
    """Whether the model takes one text a request, as Gemini's own do; those before them take many."""
    return model.rpartition("/")[2].startswith("gemini-embedding")


def body_of(request: Mapping[str, Any]) -> dict[str, Any]:
    """The body: one instance for each text; raises InvalidRequest as `embedding.batch_of`."""
    refuse_fields(request, CANNOT, PROVIDER)
    further = {"task_type": request.get("taskType"), "title": request.get("title")}
    further = {name: value for name, value in further.items() if value is not None}
    instances = [{"content": text, **further} for text in texts_of(request, PROVIDER)]
    dimensions = request.get("dimensions")
    return {"instances": instances} | (
        {"parameters": {"outputDimensionality": dimensions}} if dimensions else {}
    )


def list_of(body: bytes, request: Mapping[str, Any]) -> bytes:
    """The list of vectors; raises UpstreamFailed where there is not one for each text."""
    try:
        found = [each.embeddings for each in _decode(body).predictions]
    except UNREADABLE as error:
        raise malformed("The upstream answered something that is no list of vectors.") from error
    counts = [each.statistics.token_count for each in found if each.statistics is not None]
    tokens = int(sum(counts)) if counts and len(counts) == len(found) else None
    return listed([each.values for each in found], request, len(texts_of(request, PROVIDER)), tokens)
