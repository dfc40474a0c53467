"""A request for embeddings becomes `batchEmbedContents`, and its vectors OpenAI's list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from colonnade.gateway.unreadable import malformed
from colonnade.gateway.upstream.carried import refuse_fields
from colonnade.gateway.upstream.gemini import wire
from colonnade.gateway.upstream.gemini.parts import PROVIDER
from colonnade.gateway.upstream.vectors import listed, texts_of

CANNOT: Final = frozenset({"user"})


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
            for text in texts_of(request, PROVIDER)
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
    counted = answer.usage_metadata
    tokens = None if counted is None else counted.prompt_token_count
    return listed(
        [each.values for each in answer.embeddings], request, len(texts_of(request, PROVIDER)), tokens
    )
