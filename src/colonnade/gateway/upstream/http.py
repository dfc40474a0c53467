"""A client for POST requests over HTTP/1.1: pooled, bounded, and cheap enough for the hot path."""

from __future__ import annotations

import ssl
from collections.abc import Coroutine, Mapping
from typing import Any

from colonnade.errors import SetupError
from colonnade.gateway.upstream.due import Due
from colonnade.gateway.upstream.exchange import Exchange
from colonnade.gateway.upstream.pool import Pool
from colonnade.gateway.upstream.reach import Reach
from colonnade.workload.sections.serving import Upstream as Declared


class HttpClient:
    """Posts to paths below one base URL.

    Args:
        base_url: `http://` or `https://`, up to and including the version, without a query.
        bearer: the secret for the `authorization` header, or for `key_header`; or None.
        connections: the most connections that are open at once.
        tls: replaces the default context (the system's certificate authorities, TLS 1.2 or newer).
        query: parameters of every request.
        headers: further headers of every request.
        key_header: the header that carries the secret as it is.

    Raises:
        SetupError: the URL, the secret, a header or a parameter cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        *,
        bearer: str | None,
        connections: int,
        tls: ssl.SSLContext | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        key_header: str | None = None,
    ) -> None:
        self.reach = Reach(base_url, bearer, query=query or {}, headers=headers or {}, key_header=key_header)
        self.pool = Pool(
            self.reach.host,
            self.reach.port,
            tls=(tls or _context()) if self.reach.secure else None,
            size=connections,
        )

    @classmethod
    def of(
        cls,
        name: str,
        declared: Declared,
        secret: str | None,
        *,
        tls: ssl.SSLContext | None = None,
        key_header: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> HttpClient:
        """The client of an entry of `upstreams`; `key_header` and `headers` are what its kind has by default.

        Raises:
            SetupError: naming the entry.
        """
        if declared.base_url is None:
            raise SetupError(f"upstreams.{name} needs a base_url")
        try:
            return cls(
                declared.base_url,
                bearer=secret,
                connections=declared.connections,
                tls=tls,
                query=declared.query,
                headers={
                    **(headers or {}),
                    **{key.lower(): value for key, value in declared.headers.items()},
                },
                key_header=declared.key_header or key_header,
            )
        except SetupError as error:
            raise SetupError(f"upstreams.{name}: {error}") from error

    def post(
        self,
        path: str,
        body: bytes,
        *,
        request_id: str,
        deadline: float,
        first_byte_by: float = 0.0,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> Coroutine[Any, Any, Exchange]:
        """Send `body` and wait for the head of the answer. `headers` are of this request alone, e.g. a signature.

        Raises:
            UpstreamFailed: unreachable, or the connection broke.
            DeadlineExceeded: `deadline`, or `first_byte_by` (loop times, 0 for none) passed.
        """
        own = "".join(f"{name}: {value}\r\n" for name, value in headers.items()) if headers else ""
        mine = (
            f"content-type: {content_type}\r\nx-request-id: {request_id}\r\n{own}content-length: {len(body)}\r\n\r\n"
        ).encode()
        return self.pool.ask(b"".join((self.reach.opening(path), mine, body)), Due(deadline, first_byte_by))

    def get(self, path: str, *, request_id: str, deadline: float) -> Coroutine[Any, Any, Exchange]:
        """Look at a path, and wait for the head of the answer; errors as `post`."""
        head = self.reach.asking(path) + f"x-request-id: {request_id}\r\n\r\n".encode()
        return self.pool.ask(head, Due(deadline))

    async def close(self) -> None:
        """Close every connection."""
        await self.pool.close()


def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
