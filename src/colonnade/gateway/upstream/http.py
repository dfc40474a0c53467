"""A client for POST requests of JSON over HTTP/1.1: pooled, bounded, and cheap enough for the hot path."""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit

from colonnade import __version__
from colonnade.errors import SetupError
from colonnade.gateway.upstream.exchange import Exchange
from colonnade.gateway.upstream.pool import Pool


class HttpClient:
    """Posts to paths below one base URL.

    Args:
        base_url: `http://` or `https://`, up to and including the version, without a query.
        bearer: the secret for the `authorization` header, or None.
        connections: the most connections that are open at once.
        tls: replaces the default context (the system's certificate authorities, TLS 1.2 or newer).

    Raises:
        SetupError: the URL or the secret cannot be used.
    """

    def __init__(
        self, base_url: str, *, bearer: str | None, connections: int, tls: ssl.SSLContext | None = None
    ) -> None:
        url = urlsplit(base_url)
        if url.scheme not in {"http", "https"} or not url.hostname or url.query or url.username:
            raise SetupError(f"`{base_url}` is no base URL such as https://api.example.com/v1")
        secure = url.scheme == "https"
        self._path = url.path.rstrip("/")
        self._head = _head(url.netloc, bearer)
        self.pool = Pool(
            url.hostname,
            url.port or (443 if secure else 80),
            tls=(tls or _context()) if secure else None,
            size=connections,
        )

    async def post(self, path: str, body: bytes, *, request_id: str, deadline: float) -> Exchange:
        """Send `body` and wait for the head of the answer.

        Raises:
            UpstreamFailed: unreachable, or the connection broke.
            DeadlineExceeded: the deadline (loop time, 0 for none) passed.
        """
        line = f"POST {self._path}{path} HTTP/1.1\r\n".encode()
        mine = f"x-request-id: {request_id}\r\ncontent-length: {len(body)}\r\n\r\n".encode()
        return await self.pool.ask(b"".join((line, self._head, mine, body)), deadline)

    async def close(self) -> None:
        """Close every connection."""
        await self.pool.close()


def _head(host: str, bearer: str | None) -> bytes:
    lines = [
        f"host: {host}",
        f"user-agent: colonnade/{__version__}",
        "accept: application/json, text/event-stream",
        "content-type: application/json",
    ]
    if bearer is not None:
        if not bearer or not bearer.isascii() or not bearer.isprintable() or " " in bearer:
            raise SetupError("An upstream's API key is empty or holds characters that no header can carry")
        lines.append(f"authorization: Bearer {bearer}")
    return ("\r\n".join(lines) + "\r\n").encode()


def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
