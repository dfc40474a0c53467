"""Any server that speaks OpenAI's HTTP API is an upstream."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from typing import Any

from colonnade.errors import SetupError, UpstreamFailed
from colonnade.gateway.upstream.exchange import Exchange
from colonnade.gateway.upstream.http import HttpClient
from colonnade.gateway.upstream.interface import Answer, Ask
from colonnade.gateway.upstream.verdicts import verdict
from colonnade.workload.sections.serving import Upstream as Declared


class OpenAICompatible:
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
        if declared.base_url is None:
            raise SetupError(f"upstreams.{name} needs a base_url")
        self.name = name
        self._timeout_s = declared.timeout_s
        self.client = HttpClient(declared.base_url, bearer=secret, connections=declared.connections, tls=tls)

    async def ask(self, ask: Ask) -> Answer:
        """Post the request; errors as the interface says. `declared.timeout_s` bounds calls without a deadline."""
        deadline = ask.deadline or _now() + self._timeout_s
        exchange = await self.client.post(ask.path, ask.body, request_id=ask.request_id, deadline=deadline)
        try:
            return await _answer(exchange, ask)
        except BaseException:
            await exchange.aclose()
            raise

    async def ready(self) -> str | None:
        """None if a connection can be had; asks the upstream nothing, so it costs nothing."""
        return await self.client.pool.probe()

    async def close(self) -> None:
        """Close every connection."""
        await self.client.close()


async def _answer(exchange: Exchange, ask: Ask) -> Answer:
    headers = exchange.headers
    if headers.get("content-encoding", "identity") != "identity":
        raise UpstreamFailed("The upstream sent a compressed answer.", code="upstream_malformed")
    if not 200 <= exchange.status < 300:
        raise verdict(exchange.status, headers, await exchange.whole())
    if not ask.stream:
        return Answer(exchange.status, body=await exchange.whole(), headers=headers)
    if headers.get("content-type", "").startswith("application/json"):
        raise UpstreamFailed("The upstream did not answer with a stream.", code="upstream_malformed")
    chunks: AsyncIterator[Any] = exchange
    return Answer(exchange.status, chunks=chunks, headers=headers)


def _now() -> float:

    return asyncio.get_running_loop().time()
