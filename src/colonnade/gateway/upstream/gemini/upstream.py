"""Gemini as an upstream of the gateway."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping
from typing import Final
from urllib.parse import quote

import msgspec

from colonnade.errors import CallError, InvalidRequest
from colonnade.gateway.upstream.exchange import Exchange
from colonnade.gateway.upstream.gemini.answer import answer_of
from colonnade.gateway.upstream.gemini.embedding import batch_of, list_of
from colonnade.gateway.upstream.gemini.errors import verdict
from colonnade.gateway.upstream.gemini.events import GeminiEvents
from colonnade.gateway.upstream.gemini.request import body_of
from colonnade.gateway.upstream.http import HttpClient
from colonnade.gateway.upstream.interface import Ask
from colonnade.gateway.upstream.translation import ServerSentEvents, Translated
from colonnade.gateway.upstream.web import Post, WebUpstream
from colonnade.workload.sections.serving import Upstream as Declared

KEY_HEADER: Final = "x-goog-api-key"
_encode = msgspec.json.Encoder().encode


def gemini(
    name: str, declared: Declared, secret: str | None = None, *, tls: ssl.SSLContext | None = None
) -> WebUpstream:
    """An upstream of kind `gemini`; arguments as `OpenAICompatible`.

    For Vertex AI `base_url` ends in `/publishers/google`, and `key_header: authorization` sends the key as a bearer.
    """
    client = HttpClient.of(name, declared, secret, tls=tls, key_header=KEY_HEADER)
    return WebUpstream(name, client, GenerateContent(), timeout_s=declared.timeout_s)


class GenerateContent:
    """The wire of Gemini's own methods."""

    def post(self, ask: Ask) -> Post:
        """`POST /models/{model}:generateContent`, `:streamGenerateContent` or `:batchEmbedContents`."""
        resource = _resource(ask.request["model"])
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
        return list_of(body, ask.request) if ask.endpoint == "embeddings" else answer_of(body, _fallback(ask))

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
