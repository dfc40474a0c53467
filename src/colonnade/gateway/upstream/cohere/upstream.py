"""Cohere as an upstream of the gateway."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec

from colonnade.errors import CallError, InvalidRequest
from colonnade.gateway.upstream.cohere.answer import completion_of
from colonnade.gateway.upstream.cohere.errors import verdict
from colonnade.gateway.upstream.cohere.events import CohereEvents
from colonnade.gateway.upstream.cohere.request import body_of
from colonnade.gateway.upstream.cohere.vectors import embed_body, embeddings_of, ranking_of, rerank_body
from colonnade.gateway.upstream.exchange import Exchange
from colonnade.gateway.upstream.http import HttpClient
from colonnade.gateway.upstream.interface import Ask
from colonnade.gateway.upstream.translation import ServerSentEvents, Translated
from colonnade.gateway.upstream.web import Post, WebUpstream
from colonnade.workload.sections.serving import Upstream as Declared

_encode = msgspec.json.Encoder().encode


def cohere(
    name: str, declared: Declared, secret: str | None = None, *, tls: ssl.SSLContext | None = None
) -> WebUpstream:
    """An upstream of kind `cohere`; arguments as `OpenAICompatible`. Its base URL ends in `/v2`."""
    client = HttpClient.of(name, declared, secret, tls=tls)
    return WebUpstream(name, client, Cohere(), timeout_s=declared.timeout_s)


class Cohere:
    """The wire of Cohere's API, version 2."""

    def post(self, ask: Ask) -> Post:
        """`POST /chat`, `/embed` or `/rerank`."""
        path, body = _asked(ask)
        return Post(path, _encode(body))

    def whole(self, ask: Ask, body: bytes) -> bytes:
        """A chat completion, embeddings or a ranking."""
        model = str(ask.request.get("model", ""))
        if ask.endpoint == "chat":
            return completion_of(body, model)
        return embeddings_of(body, model) if ask.endpoint == "embeddings" else ranking_of(body, ask.request)

    def stream(self, ask: Ask, exchange: Exchange) -> AsyncIterator[bytes]:
        """Chunks of a chat completion."""
        return Translated(exchange, ServerSentEvents(), CohereEvents(str(ask.request.get("model", ""))))

    def verdict(self, status: int, headers: Mapping[str, str], body: bytes) -> CallError:
        """The error for a status outside 2xx."""
        return verdict(status, headers, body)


def _asked(ask: Ask) -> tuple[str, dict[str, Any]]:
    if ask.endpoint == "chat":
        return "/chat", body_of(ask.request, stream=ask.stream)
    if ask.endpoint == "embeddings":
        return "/embed", embed_body(ask.request)
    if ask.endpoint == "rerank":
        return "/rerank", rerank_body(ask.request)
    raise InvalidRequest(f"Cohere serves no {ask.endpoint}.", code="unsupported_endpoint", param="model")
