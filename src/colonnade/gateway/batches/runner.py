"""Rows of batches run beside interactive calls, a few at a time, and only while those leave room."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from colonnade.errors import ColonnadeError
from colonnade.gateway.batches.commits import Commits
from colonnade.gateway.batches.duties import Duties
from colonnade.gateway.batches.endpoints import Endpoints
from colonnade.gateway.batches.handing import Handing
from colonnade.gateway.batches.leading import Leading
from colonnade.gateway.batches.rows import Row, RowStore
from colonnade.gateway.batches.store import BatchStore
from colonnade.gateway.call import Identity
from colonnade.gateway.calls import Calls
from colonnade.gateway.files.store import FileStore
from colonnade.gateway.unexpected import unexpected
from colonnade.workload.sections.serving import Route

_SWEEP_S = 600.0
_GATHER_S = 0.005
"""How long free places are gathered before rows are claimed for them: one write for several rows."""


@dataclass(frozen=True, slots=True)
class Lane:
    """How one worker runs rows. Times in seconds.

    A claim holds for `lease_s` unless it is renewed, so rows of a killed worker wait
    that long. `poll_s` is how often the store is looked at for work that other processes left. At the end rows
    under way have `patience_s`.
    """

    lease_s: float = 10.0
    poll_s: float = 0.5
    patience_s: float = 10.0


def no_pressure() -> float:
    """Nothing else runs."""
    return 0.0


@dataclass(slots=True)
class Runner:
    """One worker's part in all batches of a store. Made before the gateway serves, run beside it.

    Args:
        store, files: where batches and their files are.
        endpoints: those that rows may name.
        routes: what serves now.
        known: the identity of a key by its id, None once it is revoked or expired; must not block.
        concurrency: how many rows may run at once, now.
        pressure: how much of the room is taken by calls of others, 1.0 and more leave none; must not block.
        lane: how rows are run.
        handing: which rows are handed to a provider's batch interface, and how many at once; must not block.
    """

    store: BatchStore
    files: FileStore
    endpoints: Endpoints
    routes: Callable[[], Mapping[str, Route]]
    known: Callable[[str], Identity | None]
    concurrency: Callable[[], int]
    pressure: Callable[[], float] = no_pressure
    lane: Lane = field(default_factory=Lane)
    handing: Handing = field(default_factory=Handing)
    worker: str = field(default_factory=lambda: f"{os.getpid()}-{secrets.token_hex(6)}")
    rows: RowStore = field(init=False)
    _duties: Duties = field(init=False)
    _leading: Leading = field(init=False)
    _running: dict[asyncio.Task[None], Row] = field(init=False, default_factory=dict)
    _handed: dict[asyncio.Task[None], Row] = field(init=False, default_factory=dict)
    _wake: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    _tend: asyncio.Event = field(init=False, default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Make the parts."""
        self.rows = RowStore(self.store)
        self._duties = Duties(
            self.store, self.rows, self.files, self.endpoints, self.routes, self.known, self.worker,
            self.lane.lease_s,
        )  # fmt: skip
        commits = Commits(self.rows.settle)
        self._leading = Leading(self.endpoints, self.known, commits, self._reopen, self.store.clock)

    @property
    def under_way(self) -> int:
        """How many rows run now."""
        return len(self._running)

    @property
    def _asked(self) -> int:
        """How many of them ask a model now; what was handed over only waits."""
        return len(self._running) - len(self._handed)

    def wake(self) -> None:
        """Look for work now: a batch was created or cancelled."""
        self._tend.set()

    async def forever(self, calls: Calls) -> None:
        """Run rows until cancelled; then rows under way may finish, and what remains is free for others.

        `calls` are those of the gateway: rows take the way of every call.
        """
        renewing = asyncio.create_task(self._again_and_again(self.lane.lease_s / 3, self._renew_once))
        try:
            await asyncio.gather(
                self._again_and_again(self.lane.poll_s, self._tend_once, self._tend),
                self._again_and_again(_SWEEP_S, self._sweep_once),
                self._fill(calls),
            )
        finally:
            await self._end()
            await _ended([renewing])  # last: rows that are being finished must stay our own

    async def _end(self) -> None:
        if self._running:
            await asyncio.wait(self._running, timeout=self.lane.patience_s)
        await _ended(list(self._running))
        try:
            await asyncio.to_thread(self.rows.release, self.worker)
        except ColonnadeError:
            return  # its claims end by themselves

    async def _fill(self, calls: Calls) -> None:
        while True:
            claimed = await self._guarded(self._claim) if self._room() else None
            for row in claimed or ():
                task = asyncio.create_task(self._run(row, calls))
                self._running[task] = row
                if self.handing.over(row):
                    self._handed[task] = row
                task.add_done_callback(self._done)
            await self._pause(found=bool(claimed))

    async def _pause(self, *, found: bool) -> None:
        """Until a place is free, something may have come to do, or interactive calls left room."""
        self._wake.clear()
        crowded = self._asked > 0 and self._asked >= self.concurrency()
        if found and not crowded:
            return
        try:
            async with asyncio.timeout(None if crowded else self.lane.poll_s):
                await self._wake.wait()
        except TimeoutError:
            return
        await asyncio.sleep(_GATHER_S)

    def _room(self) -> int:
        return max(0, self.concurrency() - self._asked) if self.pressure() < 1.0 else 0

    async def _claim(self) -> list[Row]:
        until = self.store.clock() + self.lane.lease_s
        return await asyncio.to_thread(self.rows.claim, self.worker, self._room(), until, self._full())

    def _full(self) -> frozenset[str]:
        """Batches of which no further row can be handed over now."""
        most = self.handing.most()
        return (
            frozenset(row.batch_id for row in self._handed.values())
            if len(self._handed) >= most
            else frozenset()
        )

    async def _run(self, row: Row, calls: Calls) -> None:
        await self._guarded(lambda: self._leading.lead(row, calls))

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._handed.pop(task, None)
        self._wake.set()
        if not self._running:
            self._tend.set()

    async def _tend_once(self) -> None:
        if await asyncio.to_thread(self._duties.tend):
            self._tend.set()
            self._wake.set()

    async def _sweep_once(self) -> None:
        await asyncio.to_thread(self._duties.sweep)

    async def _renew_once(self) -> None:
        until = self.store.clock() + self.lane.lease_s
        if self._duties.busy:
            await asyncio.to_thread(self.store.renew, self._duties.busy, self.worker, until)
        if self._running:
            running = list(self._running.values())
            await asyncio.to_thread(self.rows.renew, self.worker, running, until)

    async def _reopen(self, row: Row, again_at: float) -> None:
        await asyncio.to_thread(self.rows.reopen, row, again_at)

    async def _again_and_again(
        self, every_s: float, once: Callable[[], Any], early: asyncio.Event | None = None
    ) -> None:
        early = early or asyncio.Event()
        while True:
            early.clear()
            await self._guarded(once)
            try:
                async with asyncio.timeout(every_s):
                    await early.wait()
            except TimeoutError:
                continue

    async def _guarded(self, once: Callable[[], Any]) -> Any:
        """What `once` gives; None where the store was unwritable or a defect was met, and the log says where."""
        try:
            return await once()
        except Exception as error:  # noqa: BLE001 - whatever one task meets, the worker goes on
            unexpected(error)
            return None


async def _ended(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
