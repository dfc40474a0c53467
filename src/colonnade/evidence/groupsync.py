"""Calls that close at the same time share one flush to the disk, and the event loop never waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


class GroupSync:
    """Runs `sync` in a thread of its own, once for everybody who asked before it began."""

    def __init__(self, sync: Callable[[], None]) -> None:
        self._sync = sync
        self._thread = ThreadPoolExecutor(1, "colonnade-sync")
        self._running: asyncio.Future[None] | None = None
        self._next: asyncio.Task[None] | None = None

    async def done(self) -> None:
        """Return once everything that was written before this call is on the disk; raises OSError."""
        if self._next is None:
            self._next = asyncio.create_task(self._round(self._running))
        await asyncio.shield(self._next)

    def close(self) -> None:
        """Wait for the round under way and end the thread."""
        self._thread.shutdown()

    async def _round(self, before: asyncio.Future[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        self._next = None  # whoever comes from here on may have written after the flush began
        self._running = asyncio.get_running_loop().run_in_executor(self._thread, self._sync)
        await asyncio.shield(self._running)
