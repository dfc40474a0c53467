"""Sheets of counters in a table of PostgreSQL, compared and swapped by their version."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from colonnade.cost.counting.hosts import Away
from colonnade.errors import SetupError

_TABLE = """CREATE TABLE IF NOT EXISTS colonnade_counter (
    name text PRIMARY KEY, version bigint NOT NULL, sheet bytea NOT NULL)"""
_READ = """SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, counter.version, counter.sheet
    FROM (SELECT 1) AS one LEFT JOIN colonnade_counter AS counter ON counter.name = %s"""
_FIRST = "INSERT INTO colonnade_counter (name, version, sheet) VALUES (%s, 1, %s) ON CONFLICT DO NOTHING"
_NEXT = "UPDATE colonnade_counter SET version = version + 1, sheet = %s WHERE name = %s AND version = %s"


class PostgresqlShelf:
    """One connection to the database at `url`, made when it is needed and again when it broke.

    Raises:
        SetupError: the extra `postgresql` is not installed.
    """

    def __init__(self, url: str) -> None:
        try:
            import psycopg  # noqa: PLC0415 - an extra
        except ImportError:
            raise SetupError("counters in PostgreSQL need `pip install colonnade[postgresql]`") from None
        self._driver = psycopg
        self._url = url
        self._connection: Any = None
        self._one = asyncio.Lock()

    async def read(self, name: str) -> tuple[bytes, int, int]:
        """The sheet, its version and the server's time."""
        cursor = await self._run(_READ, (name,))
        micros, version, sheet = await cursor.fetchone()
        return bytes(sheet or b""), version or 0, micros * 1000

    async def swap(self, name: str, version: int, sheet: bytes) -> bool:
        """Put a sheet in place of the one of `version`."""
        if version == 0:
            cursor = await self._run(_FIRST, (name, sheet))
        else:
            cursor = await self._run(_NEXT, (sheet, name, version))
        return bool(cursor.rowcount == 1)

    async def close(self) -> None:
        """Close the connection."""
        await self._drop()

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _run(self, query: str, values: tuple[Any, ...]) -> Any:
        async with self._one:
            try:
                return await (await self._connected()).execute(query, values, prepare=True)
            except (self._driver.Error, OSError):
                await self._drop()
                raise Away from None
            except asyncio.CancelledError:
                await self._drop()  # an answer may still be on its way
                raise

    async def _connected(self) -> Any:
        if self._connection is None:
            connect = self._driver.AsyncConnection.connect
            self._connection = await connect(self._url, autocommit=True, connect_timeout=1)
            with suppress(self._driver.errors.UniqueViolation, self._driver.errors.DuplicateTable):
                await self._connection.execute(_TABLE)  # others may make it at the same moment
        return self._connection
