"""Anthropic as an upstream of the gateway."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping
from typing import Final

import msgspec

from colonnade.errors import CallError, InvalidRequest
from colonnade.gateway.upstream.anthropic.answer import completion_of
from colonnade.gateway.upstream.anthropic.errors import verdict
from colonnade.gateway.upstream.anthropic.events import AnthropicEvents
from colonnade.gateway.upstream.anthropic.request import body_of
from colonnade.gateway.upstream.exchange import Exchange
from colonnade.gateway.upstream.http import HttpClient
from colonnade.gateway.upstream.interface import Ask
from colonnade.gateway.upstream.translation import ServerSentEvents, Translated
from colonnade.gateway.upstream.web import Post, WebUpstream
from colonnade.workload.sections.serving import Upstream as Declared

VERSION: Final = "2023-06-01"
_encode = msgspec.json.Encoder().encode


def anthropic(
    name: str, declared: Declared, secret: str | None = None, *, tls: ssl.SSLContext | None = None
) -> WebUpstream:
    """An upstream of kind `anthropic`; arguments as `OpenAICompatible`. `headers` may name another version or betas."""
    client = HttpClient.of(
        name, declared, secret, tls=tls, key_header="x-api-key", headers={"anthropic-version": VERSION}
    )
    return WebUpstream(name, client, Messages(), timeout_s=declared.timeout_s)


class Messages:
    """The wire of Anthropic's Messages API."""

    def post(self, ask: Ask) -> Post:
        """`POST /messages`."""
        if ask.endpoint != "chat":
            raise InvalidRequest(
                f"Anthropic serves no {ask.endpoint}.", code="unsupported_endpoint", param="model"
            )
        return Post("/messages", _encode(body_of(ask.request, stream=ask.stream)))

    def whole(self, ask: Ask, body: bytes) -> bytes:  # noqa: ARG002 - the interface
        """A chat completion."""
        return completion_of(body)

    def stream(self, ask: Ask, exchange: Exchange) -> AsyncIterator[bytes]:  # noqa: ARG002 - the interface
        """Chunks of a chat completion."""
        return Translated(exchange, ServerSentEvents(), AnthropicEvents())

    def verdict(self, status: int, headers: Mapping[str, str], body: bytes) -> CallError:
        """The error for a status outside 2xx."""
        return verdict(status, headers, body)
