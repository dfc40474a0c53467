"""Sheets of counters in Valkey (or any server of its protocol with scripts), compared and swapped by a script."""

from __future__ import annotations

from typing import Any

from colonnade.cost.counting.hosts import Away
from colonnade.errors import SetupError

KEEP_MS = 40 * 86_400_000
"""Longer than a month: what nobody touched for so long counts nowhere."""

_READ = """
local time, found = redis.call('TIME'), redis.call('HMGET', KEYS[1], 'version', 'sheet')
return {found[1], found[2], time[1], time[2]}
"""
_SWAP = """
if (redis.call('HGET', KEYS[1], 'version') or '0') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'sheet', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
"""


class ValkeyShelf:
    """One connection pool to the server at `url`, e.g. `valkey://host:6379/0`.

    Raises:
        SetupError: the extra `valkey` is not installed.
    """

    def __init__(self, url: str) -> None:
        try:
            import valkey.asyncio as client  # noqa: PLC0415 - an extra
            from valkey.exceptions import ValkeyError  # noqa: PLC0415 - an extra
        except ImportError:
            raise SetupError("counters in Valkey need `pip install colonnade[valkey]`") from None
        self._failures: tuple[type[BaseException], ...] = (ValkeyError, OSError)
        self._client: Any = client.Valkey.from_url(url, socket_connect_timeout=1.0, socket_timeout=1.0)
        self._read = self._client.register_script(_READ)
        self._swap = self._client.register_script(_SWAP)

    async def read(self, name: str) -> tuple[bytes, int, int]:
        """The sheet, its version and the server's time."""
        version, sheet, seconds, micros = await self._run(self._read, [name], [])
        now = int(seconds) * 1_000_000_000 + int(micros) * 1000
        return sheet or b"", int(version or 0), now

    async def swap(self, name: str, version: int, sheet: bytes) -> bool:
        """Put a sheet in place of the one of `version`."""
        return bool(await self._run(self._swap, [name], [version, version + 1, sheet, KEEP_MS]))

    async def close(self) -> None:
        """Close the pool."""
        await self._client.aclose()

    async def _run(self, script: Any, keys: list[str], arguments: list[Any]) -> Any:
        try:
            return await script(keys=keys, args=arguments)
        except self._failures:
            raise Away from None
