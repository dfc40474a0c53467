"""Embeddings and rankings, from OpenAI's and Jina's form to Cohere's and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from colonnade.gateway.unreadable import malformed
from colonnade.gateway.upstream.carried import refuse_fields, unsupported
from colonnade.gateway.upstream.cohere import wire
from colonnade.gateway.upstream.cohere.answer import inner_usage
from colonnade.gateway.upstream.cohere.messages import PROVIDER

_encode = msgspec.json.Encoder().encode
_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_OF_EMBED: Final = frozenset({"dimensions", "encoding_format", "input"})
_OF_RERANK: Final = frozenset({"documents", "return_documents"})
_CANNOT: Final = frozenset({"user"})


def embed_body(request: Mapping[str, Any]) -> dict[str, Any]:
    """The body of `POST /embed`. `input_type` is Cohere's own field; documents are assumed where it is missing.

    Raises:
        InvalidRequest: `unsupported_parameter`, for input that is tokens.
    """
    refuse_fields(request, _CANNOT, PROVIDER)
    given = request.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise unsupported("input", PROVIDER)
    own = {name: value for name, value in request.items() if name not in _OF_EMBED | _CANNOT}
    written = "base64" if request.get("encoding_format") == "base64" else "float"
    made = {"input_type": "search_document", **own, "texts": texts, "embedding_types": [written]}
    dimensions = request.get("dimensions")
    return made | ({"output_dimension": dimensions} if dimensions else {})


def embeddings_of(body: bytes, model: str) -> bytes:
    """The answer in OpenAI's form."""
    try:
        answer = wire.embedded(body)
    except _UNREADABLE as error:
        raise malformed("The upstream answered without embeddings.") from error
    vectors = answer.embeddings.floats or answer.embeddings.base64 or []
    data = [
        {"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)
    ]
    document: dict[str, Any] = {"object": "list", "data": data, "model": model, "id": answer.id}
    counts = inner_usage(answer.meta)
    if counts is not None:
        document["usage"] = {name: counts[name] for name in ("prompt_tokens", "total_tokens")}
    return _encode(document)


def rerank_body(request: Mapping[str, Any]) -> dict[str, Any]:
    """The body of `POST /rerank`: documents are texts there, and are not sent back."""
    own = {name: value for name, value in request.items() if name not in _OF_RERANK}
    return {**own, "documents": [_text(document) for document in request["documents"]]}


def ranking_of(body: bytes, request: Mapping[str, Any]) -> bytes:
    """The answer in Jina's form, with the documents where they were asked for."""
    try:
        answer = wire.ranking(body)
    except _UNREADABLE as error:
        raise malformed("The upstream answered without a ranking.") from error
    documents = request["documents"]
    if any(not 0 <= ranked.index < len(documents) for ranked in answer.results):
        raise malformed("The upstream ranked documents that it was not given.")
    results: list[dict[str, Any]] = [msgspec.to_builtins(ranked) for ranked in answer.results]
    if request.get("return_documents"):
        for result in results:
            result["document"] = {"text": _text(documents[result["index"]])}
    named = {"id": answer.id, "model": request["model"], "results": results}
    return _encode(named if answer.meta is None else {**named, "meta": answer.meta})


def _text(document: Any) -> Any:
    return document.get("text") if isinstance(document, dict) else document
