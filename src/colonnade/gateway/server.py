"""The gateway is served by uvicorn on uvloop and httptools, on a socket that is ours before anything else starts."""

from __future__ import annotations

import asyncio
import errno
import gc
import math
import signal
import socket
from dataclasses import replace
from typing import Any, Protocol

import uvicorn

from colonnade.errors import ColonnadeError, SetupError
from colonnade.gateway.bounded import BoundedProtocol
from colonnade.gateway.connections import Bounds, Connections, room

_BACKLOG = 2048
_COLLECT = 10_000, 20, 20
"""Objects and rounds between collections. With Python's own 700 a tenth of the work of 500 open streams was collecting."""
_LOOK_S = 0.1
_LAST_WORDS_S = 5.0
"""What answers that are cut off by the end of the drain have to say so and to be written to the journal."""


class Served(Protocol):
    """What a server runs: an ASGI callable that can be told to take no new calls, and knows why it did not start."""

    failure: ColonnadeError | None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer."""

    def give_notice(self) -> None:
        """Tell whoever asks for readiness that the end is near, and still take calls."""

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


class Server(uvicorn.Server):
    """uvicorn's server that gives notice as soon as a signal asks for the end, and drains the gateway after it.

    Whoever is still being answered at the end of the drain is told so, and gets the time to be told.
    """

    def __init__(self, config: uvicorn.Config, application: Served, bounds: Bounds) -> None:
        super().__init__(config)
        self.server_state = Connections(bounds)
        self._application = application
        self._bounds = bounds

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Say so in readiness first: balancers shall look elsewhere before anything is refused."""
        self._application.give_notice()
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """After the notice take no new calls and close the port, and everything else after the drain.

        A second Ctrl-C cuts the notice short.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + self._bounds.notice_s
        while loop.time() < until and not self.force_exit:  # noqa: ASYNC110 - uvicorn sets a plain attribute
            await asyncio.sleep(min(_LOOK_S, self._bounds.notice_s))
        self._application.drain()
        await super().shutdown(sockets)

    async def _wait_tasks_to_complete(self) -> None:
        try:
            async with asyncio.timeout(self._bounds.drain_s):
                await super()._wait_tasks_to_complete()
        except TimeoutError:
            cut_off = set(self.server_state.tasks)
            for task in cut_off:
                task.cancel()
            if cut_off:
                await asyncio.wait(cut_off)


def server(application: Served, bounds: Bounds | None = None) -> Server:
    """A server for the application; give it a socket from `listen`: `await server.serve([socket])`."""
    bounds = bounds or Bounds()
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
        timeout_graceful_shutdown=math.ceil(bounds.drain_s + _LAST_WORDS_S),
    )
    return Server(config, application, bounds)


def serve(application: Served, listener: socket.socket, bounds: Bounds | None = None) -> None:
    """Serve until a signal asks for the end, then drain and stop.

    Raises:
        ColonnadeError: the application's lifespan could not begin.
    """
    bounds = bounds or Bounds()
    bounds = replace(bounds, connections=room(bounds.connections))
    # uvicorn raises SIGTERM once more when it has stopped. It must end like Ctrl-C, or it would end the process before
    # the caller has brought its journal home.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    gc.freeze()  # what is loaded stays: the collector need not look at it again and again, nor now
    gc.set_threshold(*_COLLECT)
    try:
        server(application, bounds).run([listener])
    except KeyboardInterrupt:
        return
    except SystemExit:
        if application.failure is None:
            raise
    if application.failure is not None:
        raise application.failure
