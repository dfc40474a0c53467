"""Any server that speaks OpenAI's HTTP API is an upstream: nothing is translated."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping

from colonnade.errors import CallError
from colonnade.gateway.upstream.exchange import Exchange
from colonnade.gateway.upstream.http import HttpClient
from colonnade.gateway.upstream.interface import Ask
from colonnade.gateway.upstream.verdicts import verdict
from colonnade.gateway.upstream.web import Post, WebUpstream
from colonnade.workload.sections.serving import Upstream as Declared


class OpenAICompatible(WebUpstream):
    """An upstream of kind `openai_compatible`.

    Args:
        name: its name in the workload file.
        declared: its section of the workload file.
        secret: the resolved API key, or None.
        tls: replaces the default TLS context.
    """

    def __init__(
        self, name: str, declared: Declared, secret: str | None = None, *, tls: ssl.SSLContext | None = None
    ) -> None:
        client = HttpClient.of(name, declared, secret, tls=tls)
        super().__init__(name, client, _OpenAI(), timeout_s=declared.timeout_s)


class _OpenAI:
    """The gateway's own form on both sides."""

    def post(self, ask: Ask) -> Post:
        """The request as it is."""
        return Post(ask.path, ask.body)

    def whole(self, ask: Ask, body: bytes) -> bytes:  # noqa: ARG002 - the interface
        """The body as it is."""
        return body

    def stream(self, ask: Ask, exchange: Exchange) -> AsyncIterator[bytes]:  # noqa: ARG002 - the interface
        """The bytes as they come."""
        return exchange

    def verdict(self, status: int, headers: Mapping[str, str], body: bytes) -> CallError:
        """OpenAI's error object, read."""
        return verdict(status, headers, body)
