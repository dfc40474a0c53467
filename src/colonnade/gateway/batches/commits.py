"""Outcomes of rows are written in groups by one thread: the event loop never waits for the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from colonnade.gateway.batches.rows import Outcome

_Waiting = tuple[Outcome, "asyncio.Future[None]"]


class Commits:
    """`add` returns when the outcome is durable. What comes during one commit shares the next."""

    def __init__(self, write: Callable[[Sequence[Outcome]], None]) -> None:
        self._write = write
        self._waiting: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    async def add(self, outcome: Outcome) -> None:
        """Write the outcome; raises what the store raises."""
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((outcome, written))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        await asyncio.shield(written)

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                taken, self._waiting = self._waiting, []
                await self._write_some(taken)
        finally:
            self._writing = None

    async def _write_some(self, taken: Sequence[_Waiting]) -> None:
        try:
            await asyncio.to_thread(self._write, [outcome for outcome, _ in taken])
        except Exception as error:  # noqa: BLE001 - whoever waits must learn it, whatever it is
            for _, written in taken:
                if not written.done():
                    written.set_exception(error)
        else:
            for _, written in taken:
                if not written.done():
                    written.set_result(None)
