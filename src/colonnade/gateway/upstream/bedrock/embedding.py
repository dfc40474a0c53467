"""A request for embeddings becomes the body of `InvokeModel`, of Titan or Cohere, and its vectors OpenAI's list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from colonnade.errors import InvalidRequest
from colonnade.gateway.unreadable import UNREADABLE, malformed
from colonnade.gateway.upstream.bedrock.blocks import PROVIDER
from colonnade.gateway.upstream.bedrock.errors import said_of
from colonnade.gateway.upstream.carried import refuse_fields
from colonnade.gateway.upstream.vectors import listed, texts_of

_CANNOT: Final = frozenset({"user"})
_OURS: Final = frozenset({"dimensions", "encoding_format", "input", "model"})
_FAMILY: Final = re.compile(r"(?:^|[./:])(amazon\.titan-embed|cohere\.embed)")
_TITAN: Final = "amazon.titan-embed"


class _Floats(msgspec.Struct):
    floats: list[list[float]] = msgspec.field(name="float", default_factory=list)


class _Titan(msgspec.Struct, rename="camel"):
    embedding: list[float]
    input_text_token_count: int | None = None


class _Cohere(msgspec.Struct):
    embeddings: list[list[float]] | _Floats


_titan = msgspec.json.Decoder(_Titan).decode
_cohere = msgspec.json.Decoder(_Cohere).decode


def alone(model: str) -> bool:
    """Whether the model takes one text a request."""
    return _family(model) == _TITAN


def body_of(request: Mapping[str, Any]) -> dict[str, Any]:
    """The body; fields of the model's own such as `normalize` and `input_type` pass as they are.

    Raises:
        InvalidRequest: the model makes no embeddings that are known here, or the input is no text.
    """
    refuse_fields(request, _CANNOT, PROVIDER)
    family, texts = _family(request["model"]), texts_of(request, PROVIDER)
    own = {name: value for name, value in request.items() if name not in _OURS | _CANNOT}
    dimensions = request.get("dimensions")
    if family == _TITAN:
        return {"inputText": texts[0], **({"dimensions": dimensions} if dimensions else {}), **own}
    if not family:
        raise InvalidRequest(
            "Of Bedrock's models Titan's and Cohere's make embeddings here.",
            code="unsupported_endpoint",
            param="model",
        )
    made = {"input_type": "search_document", **own, "texts": texts, "embedding_types": ["float"]}
    return made | ({"output_dimension": dimensions} if dimensions else {})


def list_of(body: bytes, request: Mapping[str, Any]) -> bytes:
    """The list of vectors. Titan counts tokens; Cohere's counts stand in no body, and are estimated.

    Raises:
        CallError: the body is an error, or holds no vectors, or not one for each text.
    """
    try:
        vectors, tokens = _read(body, request["model"])
    except UNREADABLE as error:
        raise said_of(body) or malformed(
            "The upstream answered something that is no list of vectors."
        ) from error
    return listed(vectors, request, len(texts_of(request, PROVIDER)), tokens)


def _read(body: bytes, model: str) -> tuple[list[list[float]], int | None]:
    if _family(model) == _TITAN:
        titan = _titan(body)
        return [titan.embedding], titan.input_text_token_count
    found = _cohere(body).embeddings
    return (found.floats if isinstance(found, _Floats) else found), None


def _family(model: str) -> str:
    """Which wire a model id speaks, also behind the prefix of an inference profile or in an ARN."""
    found = _FAMILY.search(model)
    return found[1] if found else ""
