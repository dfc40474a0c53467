"""A request for embeddings becomes `batchEmbedContents`, and its vectors OpenAI's list."""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from colonnade.errors import InvalidRequest
from colonnade.gateway.unreadable import malformed
from colonnade.gateway.upstream.carried import refuse_fields, unsupported
from colonnade.gateway.upstream.gemini import wire
from colonnade.gateway.upstream.gemini.parts import PROVIDER

CANNOT: Final = frozenset({"user"})
_encode = msgspec.json.Encoder().encode


def batch_of(request: Mapping[str, Any], resource: str) -> dict[str, Any]:
    """The body: one request for each text. `taskType` and `title` are Gemini's own and pass as they are.

    Raises:
        InvalidRequest: the input is tokens or no text, or a field cannot be carried.
    """
    refuse_fields(request, CANNOT, PROVIDER)
    further = {
        "outputDimensionality": request.get("dimensions"),
        "taskType": request.get("taskType"),
        "title": request.get("title"),
    }
    further = {name: value for name, value in further.items() if value is not None}
    return {
        "requests": [
            {"model": resource, "content": {"parts": [{"text": text}]}, **further}
            for text in _texts(request.get("input"))
        ]
    }


def list_of(body: bytes, request: Mapping[str, Any]) -> bytes:
    """The list of vectors, as floats or in base64 as the request says.

    Raises:
        UpstreamFailed: the body holds no vectors, or not one for each text.
    """
    try:
        answer = wire.embeddings(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise malformed("The upstream answered something that is no list of vectors.") from error
    if len(answer.embeddings) != len(_texts(request.get("input"))):
        raise malformed("The upstream answered another number of vectors than of texts.")
    packed = request.get("encoding_format") == "base64"
    vectors = [_packed(each.values) if packed else each.values for each in answer.embeddings]
    data = [
        {"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)
    ]
    document = {"object": "list", "data": data, "model": request["model"]}
    counted = answer.usage_metadata
    if counted is not None:
        tokens = counted.prompt_token_count
        document["usage"] = {"prompt_tokens": tokens, "total_tokens": tokens}
    return _encode(document)


def _texts(given: Any) -> list[str]:
    if isinstance(given, str):
        return [given]
    if isinstance(given, list) and given and all(isinstance(text, str) for text in given):
        return given
    if isinstance(given, list) and given:
        raise unsupported("input", PROVIDER)
    raise InvalidRequest("`input` is no text and no list of texts.", code="invalid_value", param="input")


def _packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
