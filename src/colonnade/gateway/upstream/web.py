"""Every upstream on the web is asked in the same way; what differs between providers is their wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, Protocol

import msgspec

from colonnade.errors import CallError, InvalidRequest, UpstreamFailed
from colonnade.gateway.upstream.exchange import Exchange
from colonnade.gateway.upstream.http import HttpClient
from colonnade.gateway.upstream.interface import Answer, Ask

_OK: Final = 200


class Post(msgspec.Struct, frozen=True):
    """What is sent: a path below the base URL, a body, and headers of this request alone."""

    path: str
    body: bytes
    headers: Mapping[str, str] | None = None


class Wire(Protocol):
    """How one kind of provider is asked, and what its answers mean in the gateway's own form."""

    def post(self, ask: Ask) -> Post:
        """The request; raises InvalidRequest for what this wire cannot carry."""

    def whole(self, ask: Ask, body: bytes) -> bytes:
        """The body of a whole answer; raises UpstreamFailed for what is none."""

    def stream(self, ask: Ask, exchange: Exchange) -> AsyncIterator[bytes]:
        """The events of a streamed answer, as they come; has `aclose`."""

    def verdict(self, status: int, headers: Mapping[str, str], body: bytes) -> CallError:
        """The error for a status outside 2xx."""


def translated(wire: Wire, ask: Ask) -> Post:
    """The request in the wire's form.

    Raises:
        InvalidRequest: the wire cannot carry it, or some part of it has a shape that no client would send.
    """
    try:
        return wire.post(ask)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InvalidRequest(
            "The request has a part of a shape that cannot be translated for its upstream.",
            code="invalid_value",
        ) from error


class WebUpstream:
    """An upstream behind HTTP. `timeout_s` bounds calls without a deadline."""

    def __init__(self, name: str, client: HttpClient, wire: Wire, *, timeout_s: float) -> None:
        self.name = name
        self.client = client
        self.wire = wire
        self._timeout_s = timeout_s

    async def ask(self, ask: Ask) -> Answer:
        """Post the request; errors as the interface says."""
        post = translated(self.wire, ask)
        exchange = await self.client.post(
            post.path,
            post.body,
            request_id=ask.request_id,
            deadline=ask.deadline or asyncio.get_running_loop().time() + self._timeout_s,
            first_byte_by=ask.first_byte_by,
            content_type=ask.content_type,
            headers=post.headers,
        )
        try:
            return self._usual(exchange, ask) or await self._answer(exchange, ask)
        except BaseException:
            await exchange.aclose()
            raise

    async def ready(self) -> str | None:
        """None if a connection can be had; asks the upstream nothing, so it costs nothing."""
        return await self.client.pool.probe()

    async def close(self) -> None:
        """Close every connection."""
        await self.client.close()

    def _usual(self, exchange: Exchange, ask: Ask) -> Answer | None:
        """A good whole answer that is here already."""
        headers = exchange.headers
        if exchange.status != _OK or ask.stream or "content-encoding" in headers:
            return None
        body = exchange.here()
        return None if body is None else Answer(_OK, body=self.wire.whole(ask, body), headers=headers)

    async def _answer(self, exchange: Exchange, ask: Ask) -> Answer:
        headers = exchange.headers
        if headers.get("content-encoding", "identity") != "identity":
            raise UpstreamFailed("The upstream sent a compressed answer.", code="upstream_malformed")
        if not 200 <= exchange.status < 300:
            raise self.wire.verdict(exchange.status, headers, await exchange.whole())
        as_json = headers.get("content-type", "").startswith("application/json")
        if not ask.stream or (
            as_json and ask.endpoint != "chat"
        ):  # only chat is sure to come in parts if asked to
            body = self.wire.whole(ask, await exchange.whole())
            return Answer(exchange.status, body=body, headers=headers)
        if as_json:
            raise UpstreamFailed("The upstream did not answer with a stream.", code="upstream_malformed")
        chunks: AsyncIterator[Any] = self.wire.stream(ask, exchange)
        exchange.headers = {}  # a stream may last long, and nobody asks for them again
        return Answer(exchange.status, chunks=chunks, headers=headers)
