"""Any server that speaks OpenAI's HTTP API is an upstream: nothing is translated."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

import msgspec

from colonnade.errors import CallError
from colonnade.gateway.upstream.exchange import Exchange
from colonnade.gateway.upstream.http import HttpClient
from colonnade.gateway.upstream.interface import Ask
from colonnade.gateway.upstream.verdicts import verdict
from colonnade.gateway.upstream.web import Post, WebUpstream
from colonnade.workload.sections.serving import Upstream as Declared

_OPENAI: Final = frozenset({"azure", "openai"})
_HOSTS: Final = ("api.openai.com", ".openai.azure.com")


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
        wire = _OpenAI(_encoded_anew if is_openai(declared) else _as_it_is)
        super().__init__(name, client, wire, timeout_s=declared.timeout_s)


def is_openai(declared: Declared) -> bool:
    """Whether models of OpenAI answer there, at OpenAI's own address or at Azure's."""
    host = urlsplit(declared.base_url or "").hostname or ""
    return declared.provider in _OPENAI or host.endswith(_HOSTS)


def _as_it_is(ask: Ask) -> bytes:
    return ask.body


def _encoded_anew(ask: Ask) -> bytes:
    """The limit of the answer under the name that OpenAI's newer models take; those before them take it, too."""
    if ask.endpoint != "chat" or "max_tokens" not in ask.request:
        return ask.body
    request = {name: value for name, value in ask.request.items() if name != "max_tokens"}
    request.setdefault("max_completion_tokens", ask.request["max_tokens"])
    return msgspec.json.encode(request)


class _OpenAI:
    """The gateway's own form on both sides; `body` writes the request."""

    def __init__(self, body: Callable[[Ask], bytes]) -> None:
        self._body = body

    def post(self, ask: Ask) -> Post:
        """The request."""
        return Post(ask.path, self._body(ask))

    def whole(self, ask: Ask, body: bytes) -> bytes:  # noqa: ARG002 - the interface
        """The body as it is."""
        return body

    def stream(self, ask: Ask, exchange: Exchange) -> AsyncIterator[bytes]:  # noqa: ARG002 - the interface
        """The bytes as they come."""
        return exchange

    def verdict(self, status: int, headers: Mapping[str, str], body: bytes) -> CallError:
        """OpenAI's error object, read."""
        return verdict(status, headers, body)
