"""Requests for vectors and OpenAI's list of them, the same for every provider that is asked in a wire of its own."""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from colonnade.errors import InvalidRequest
from colonnade.gateway.unreadable import malformed
from colonnade.gateway.upstream.carried import unsupported

_encode = msgspec.json.Encoder().encode


def texts_of(request: Mapping[str, Any], provider: str) -> list[str]:
    """The texts of a request.

    Raises:
        InvalidRequest: the input is tokens, or no text.
    """
    given = request.get("input")
    if isinstance(given, str):
        return [given]
    if isinstance(given, list) and given and all(isinstance(text, str) for text in given):
        return given
    if isinstance(given, list) and given:
        raise unsupported("input", provider)
    raise InvalidRequest("`input` is no text and no list of texts.", code="invalid_value", param="input")


def listed(
    vectors: Sequence[list[float]], request: Mapping[str, Any], texts: int, tokens: int | None
) -> bytes:
    """The list, as floats or in base64 as the request says; `tokens` are what the provider counted, if it did.

    Raises:
        UpstreamFailed: there is not one vector for each text.
    """
    if len(vectors) != texts:
        raise malformed("The upstream answered another number of vectors than of texts.")
    packed = request.get("encoding_format") == "base64"
    data = [
        {"object": "embedding", "index": index, "embedding": _packed(vector) if packed else vector}
        for index, vector in enumerate(vectors)
    ]
    document = {"object": "list", "data": data, "model": request["model"]}
    if tokens is not None:
        document["usage"] = {"prompt_tokens": tokens, "total_tokens": tokens}
    return _encode(document)


def _packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
