"""Connections to one upstream are kept, counted and reused; requests beyond the limit wait their turn."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import deque

from colonnade.errors import Unavailable, UpstreamFailed
from colonnade.gateway.upstream.connection import Connection
from colonnade.gateway.upstream.due import Due
from colonnade.gateway.upstream.exchange import Exchange

_CONNECT_S = 5.0
_IDLE_S = 55.0
"""Shorter than the 60 s after which common proxies (nginx: 75 s, AWS load balancers: 60 s) close silently."""
_SWEEP_S = 0.1


class Pool:
    """At most `size` connections to one host. Deadlines are watched by one timer for all exchanges."""

    def __init__(self, host: str, port: int, *, tls: ssl.SSLContext | None, size: int) -> None:
        self._host = host
        self._port = port
        self._tls = tls
        self._size = size
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()
        self._dialling = 0
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._exchanges: set[Exchange] = set()
        self._sweeper: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def opened(self) -> int:
        """Connections that are open or being opened."""
        return len(self._open) + self._dialling

    async def ask(self, request: bytes, due: Due) -> Exchange:
        """Send the request and wait for the head of the answer.

        A kept connection that dies before it answered anything is replaced once by a fresh one: the upstream
        closed it while it was idle.

        Raises:
            UpstreamFailed: unreachable, or the connection broke.
            DeadlineExceeded: a limit of `due` passed.
        """
        connection = self._kept() or await self._take(due)
        exchange = self._begin(connection, request, due)
        try:
            await exchange.head
        except UpstreamFailed as error:
            if not connection.kept or exchange.answered or error.code != "upstream_cut":
                raise
        except BaseException:
            connection.abort()
            raise
        else:
            return exchange
        self._forget_kept()
        return await self._ask_again(request, due)

    async def probe(self) -> str | None:
        """None if a connection is or can be opened, else what is wrong."""
        if self._idle or self._exchanges:
            return None
        try:
            self._freed(await self._dial(Due(0.0)))
        except UpstreamFailed as error:
            return f"a connection: {error.code}"
        return None

    async def close(self) -> None:
        """Close every connection."""
        self._closed = True
        if self._sweeper is not None:
            self._sweeper.cancel()
        for connection in list(self._open):
            connection.close()
        await asyncio.sleep(0)

    def _begin(self, connection: Connection, request: bytes, due: Due) -> Exchange:
        exchange = Exchange(connection.loop, connection, due)
        self._exchanges.add(exchange)
        if self._sweeper is None:
            self._sweep_later()
        connection.send(exchange, request)
        return exchange

    async def _ask_again(self, request: bytes, due: Due) -> Exchange:
        connection = await self._take(due)
        exchange = self._begin(connection, request, due)
        try:
            await exchange.head
        except BaseException:
            connection.abort()
            raise
        return exchange

    async def _take(self, due: Due) -> Connection:
        while True:
            connection = self._kept()
            if connection is not None:
                return connection
            if self._closed:
                raise Unavailable("The gateway is stopping.", code="shutting_down")
            if self.opened < self._size:
                return await self._dial(due)
            connection = await self._turn(due)
            if connection is not None and connection.alive:
                return connection

    def _kept(self) -> Connection | None:
        """The connection that was used last and is still good."""
        while self._idle:
            connection = self._idle.pop()
            if connection.alive and connection.loop.time() - connection.idle_since < _IDLE_S:
                return connection
            connection.close()
        return None

    def _forget_kept(self) -> None:
        """One kept connection turned out dead: the others are older, and take their end from the same cause."""
        for connection in self._idle:
            connection.close()
            self._open.discard(connection)
        self._idle.clear()

    async def _turn(self, due: Due) -> Connection | None:
        """Wait for a connection that becomes free, or for None: one is gone, a new one may be opened."""
        turn: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout_at(due.limit):
                return await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self._pass_on(turn.result())
            if isinstance(error, TimeoutError):
                raise due.error("No connection to the upstream became free in time.") from None
            raise

    async def _dial(self, due: Due) -> Connection:
        self._dialling += 1
        try:
            connection = await self._connect(due)
        finally:
            self._dialling -= 1
        if not connection.alive:
            raise UpstreamFailed("The upstream closed the connection at once.", code="upstream_unreachable")
        self._open.add(connection)
        return connection

    async def _connect(self, due: Due) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(min(loop.time() + _CONNECT_S, due.soonest)):
                _, connection = await loop.create_connection(
                    lambda: Connection(self._freed, self._lost),
                    self._host,
                    self._port,
                    ssl=self._tls,
                    server_hostname=self._host if self._tls else None,
                )
        except ssl.SSLError as error:
            raise UpstreamFailed("The upstream's TLS is not acceptable.", code="upstream_tls") from error
        except socket.gaierror as error:
            raise UpstreamFailed("The upstream's name is not known.", code="upstream_unknown_host") from error
        except (OSError, TimeoutError) as error:
            if loop.time() >= due.soonest:
                raise due.error("The upstream could not be reached in time.") from error
            raise UpstreamFailed("The upstream cannot be reached.", code="upstream_unreachable") from error
        return connection

    def _freed(self, connection: Connection) -> None:
        connection.kept = True
        connection.idle_since = connection.loop.time()
        if self._closed:
            connection.close()
        else:
            self._pass_on(connection)

    def _lost(self, connection: Connection) -> None:
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        self._pass_on(None)

    def _pass_on(self, connection: Connection | None) -> None:
        """Give a free connection, or the room for one, to whoever waits longest; keep it if nobody does."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return
        if connection is not None:
            self._idle.append(connection)

    def _sweep_later(self) -> None:
        if not self._closed:
            self._sweeper = asyncio.get_running_loop().call_later(_SWEEP_S, self._sweep)

    def _sweep(self) -> None:
        """End the exchanges whose deadline passed; a tenth of a second late at most."""
        self._sweeper = None
        now = asyncio.get_running_loop().time()
        self._exchanges = {exchange for exchange in self._exchanges if not exchange.ended}
        for exchange in self._exchanges:
            if now >= exchange.due.soonest:
                exchange.on_failure(exchange.due.error())
                exchange.abort()
        if self._exchanges:
            self._sweep_later()
