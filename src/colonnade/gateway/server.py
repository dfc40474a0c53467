"""The gateway is served by uvicorn on uvloop and httptools, on a socket that is ours before anything else starts."""

from __future__ import annotations

import asyncio
import errno
import gc
import signal
import socket
from collections.abc import Callable
from typing import Any, Protocol

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from colonnade.errors import ColonnadeError, SetupError

_BACKLOG = 2048
_HEAD_S = 15.0
_LONGEST_HEAD = 64 << 10
_DRAIN_S = 30


class Served(Protocol):
    """What a server runs: an ASGI callable that can be told to take no new calls, and knows why it did not start."""

    failure: ColonnadeError | None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer."""

    def drain(self) -> None:
        """Take no new calls."""


def listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A listening socket; port 0 takes any free one. Nagle's delay is off, as accepted sockets inherit it.

    `shared` lets other processes of the same user listen on the same port; the kernel spreads connections over them.

    Raises:
        SetupError: the port is taken, or the address is not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise SetupError(_explained(error, host, port)) from error
    listener.setblocking(False)
    return listener


def _explained(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken; stop what listens there or choose another one (PORT=...)"
    if error.errno == errno.EACCES:
        return f"Port {port} may not be opened by this user; choose one of 1024 or above"
    return f"Cannot listen on {host}:{port}: {error.strerror}"


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with bounds on the head of a request: 64 KiB, and 15 seconds to arrive."""

    _look: asyncio.TimerHandle | None = None
    _head_size = 0
    _head_since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start to wait for the first head."""
        super().connection_made(transport)  # type: ignore[arg-type] # uvicorn narrows the type in the same way
        self._head_since = self.loop.time()
        self._look = self.loop.call_later(_HEAD_S, self._look_at_head)

    def data_received(self, data: bytes) -> None:
        """Feed the parser unless the head grows beyond the bound."""
        if self._head_size == 0:
            self._head_since = self.loop.time()
        self._head_size += len(data)
        super().data_received(data)
        if self._head_size > _LONGEST_HEAD and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")

    def on_headers_complete(self) -> None:
        """The head is here."""
        self._head_size = -(1 << 62)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The next head may begin."""
        self._head_size = 0
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more is waited for."""
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def _look_at_head(self) -> None:
        """One timer a connection, not a request: a head that is not here for too long ends the connection."""
        waiting = self._head_size > 0 or self.cycle is None
        if waiting and self.loop.time() - self._head_since >= _HEAD_S:
            self.transport.close()
        else:
            self._look = self.loop.call_later(_HEAD_S, self._look_at_head)


class Server(uvicorn.Server):
    """uvicorn's server that tells the gateway to drain as soon as a signal asks for the end."""

    def __init__(self, config: uvicorn.Config, drain: Callable[[], None]) -> None:
        super().__init__(config)
        self._drain = drain

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Refuse new calls, finish those under way."""
        self._drain()
        super().handle_exit(sig, frame)


def server(application: Served) -> Server:
    """A server for the application; give it a socket from `listen`: `await server.serve([socket])`."""
    config = uvicorn.Config(
        application,
        loop="uvloop",
        http=BoundedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_DRAIN_S,
    )
    return Server(config, application.drain)


def serve(application: Served, listener: socket.socket) -> None:
    """Serve until a signal asks for the end, then drain and stop.

    Raises:
        ColonnadeError: the application's lifespan could not begin.
    """
    # uvicorn raises SIGTERM once more when it has stopped. It must end like Ctrl-C, or it would end the process before
    # the caller has brought its journal home.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    gc.collect()
    gc.freeze()  # what is loaded stays: the collector need not look at it again and again
    try:
        server(application).run([listener])
    except KeyboardInterrupt:
        return
    except SystemExit:
        if application.failure is None:
            raise
    if application.failure is not None:
        raise application.failure
