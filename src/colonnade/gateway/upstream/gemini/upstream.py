"""Gemini as an upstream of the gateway."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping
from typing import Final
from urllib.parse import quote

import msgspec

from colonnade.errors import CallError, InvalidRequest
from colonnade.gateway.upstream.exchange import Exchange
from colonnade.gateway.upstream.gemini import prediction
from colonnade.gateway.upstream.gemini.answer import answer_of
from colonnade.gateway.upstream.gemini.embedding import batch_of, list_of
from colonnade.gateway.upstream.gemini.errors import verdict
from colonnade.gateway.upstream.gemini.events import GeminiEvents
from colonnade.gateway.upstream.gemini.request import body_of
from colonnade.gateway.upstream.http import HttpClient
from colonnade.gateway.upstream.interface import Ask
from colonnade.gateway.upstream.one_by_one import OneByOne
from colonnade.gateway.upstream.translation import ServerSentEvents, Translated
from colonnade.gateway.upstream.web import Post, WebUpstream
from colonnade.workload.sections.serving import Upstream as Declared

KEY_HEADER: Final = "x-goog-api-key"
_encode = msgspec.json.Encoder().encode


def gemini(
    name: str, declared: Declared, secret: str | None = None, *, tls: ssl.SSLContext | None = None
) -> WebUpstream | OneByOne:
    """An upstream of kind `gemini`; arguments as `OpenAICompatible`.

    For Vertex AI `base_url` ends in `/publishers/google`, and `key_header: authorization` sends the key as a bearer.
    """
    client = HttpClient.of(name, declared, secret, tls=tls, key_header=KEY_HEADER)
    on_vertex = (declared.base_url or "").rstrip("/").endswith(prediction.PLACE)
    made = WebUpstream(name, client, GenerateContent(predicts=on_vertex), timeout_s=declared.timeout_s)
    return OneByOne(made, prediction.alone) if on_vertex else made


class GenerateContent:
    """The wire of Gemini's own methods; `predicts` is whether vectors are asked of Vertex AI, which has another one."""

    def __init__(self, *, predicts: bool = False) -> None:
        self._predicts = predicts

    def post(self, ask: Ask) -> Post:
        """`POST /models/{model}:generateContent`, `:streamGenerateContent`, `:batchEmbedContents` or `:predict`."""
        resource = _resource(ask.request["model"])
        if ask.endpoint == "embeddings" and self._predicts:
            return Post(f"/{quote(resource)}:predict", _encode(prediction.body_of(ask.request)))
        if ask.endpoint == "embeddings":
            return Post(f"/{quote(resource)}:batchEmbedContents", _encode(batch_of(ask.request, resource)))
        if ask.endpoint != "chat":
            raise InvalidRequest(
                f"Gemini serves no {ask.endpoint}.", code="unsupported_endpoint", param="model"
            )
        method = "streamGenerateContent?alt=sse" if ask.stream else "generateContent"
        return Post(f"/{quote(resource)}:{method}", _encode(body_of(ask.request)))

    def whole(self, ask: Ask, body: bytes) -> bytes:
        """A chat completion, or a list of vectors."""
        if ask.endpoint != "embeddings":
            return answer_of(body, _fallback(ask))
        return (prediction.list_of if self._predicts else list_of)(body, ask.request)

    def stream(self, ask: Ask, exchange: Exchange) -> AsyncIterator[bytes]:
        """Chunks of a chat completion."""
        translating = GeminiEvents(_fallback(ask))
        return Translated(exchange, ServerSentEvents(), translating, at_end=translating.end)

    def verdict(self, status: int, headers: Mapping[str, str], body: bytes) -> CallError:
        """The error for a status outside 2xx."""
        return verdict(status, headers, body)


def _resource(model: str) -> str:
    """Models stand below `models/`; tuned ones below a folder of their own, which their id names."""
    return model if "/" in model else f"models/{model}"


def _fallback(ask: Ask) -> dict[str, str]:
    return {"id": f"chatcmpl-{ask.request_id}", "model": ask.request["model"]}
