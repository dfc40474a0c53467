"""Rows are gathered into jobs, each row in one job only, and wait there until their job is over.

What a job holds is asked of the provider before another one is begun: its metadata says whose it is, and its input
file which rows it has. So a worker that was killed, also between sending a job and hearing of it, leaves nothing that
would be paid twice.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from colonnade.errors import CallError, UpstreamFailed
from colonnade.gateway.unexpected import unexpected
from colonnade.gateway.upstream.handed.desk import Desk
from colonnade.gateway.upstream.handed.wire import Job, Line, Response, answers_in, ids_in, written

_GATHER: Final = ""
"""Names the task that gathers, among those that follow jobs."""
_REMEMBERED_S: Final = 3 * 86_400.0
"""How far back jobs are looked for: a row waits for a day at most."""
_MOST_BYTES: Final = 48 << 20
"""Of an input file; the client takes answers of 64 MiB."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long rows are gathered, how many go into one job, and how often jobs are asked about; seconds."""

    gather_s: float = 5.0
    rows: int = 1000
    poll_s: float = 30.0


class Lane:
    """The jobs of one upstream, as one worker knows them."""

    def __init__(self, desk: Desk, pace: Pace) -> None:
        self._desk = desk
        self._pace = pace
        self._waiting: dict[str, asyncio.Future[Response]] = {}
        self._gathered: dict[str, Line] = {}
        self._home: dict[str, str] = {}
        self._began: dict[str, float] = {}
        self._full = asyncio.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def answer(self, line: Line) -> Response:
        """The provider's answer to a row.

        Raises:
            CallError: the job could not be begun, or was over without an answer to the row.
        """
        row = line.custom_id
        waiting: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._waiting[row] = waiting
        try:
            if row in self._home:
                self._follow(self._home[row])
            else:
                self._gather(line)
            return await waiting
        finally:
            self._gathered.pop(row, None)
            if self._waiting.get(row) is waiting:
                del self._waiting[row]

    async def close(self) -> None:
        """Leave the jobs to the provider; whoever waits is not answered."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # gathering

    def _gather(self, line: Line) -> None:
        self._gathered[line.custom_id] = line
        if len(self._gathered) >= self._pace.rows:
            self._full.set()
        self._begin(_GATHER, self._hand_over)

    async def _hand_over(self) -> None:
        """Wait for more rows, find those that the provider has already, and begin jobs for the others."""
        while self._gathered:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._full.wait(), self._pace.gather_s)
            self._full.clear()
            lines, self._gathered = self._gathered, {}
            try:
                await self._recall()
                await self._submit([it for row, it in lines.items() if row not in self._home])
            except CallError as error:
                self._fail([row for row in lines if row not in self._home], error)
            for row in lines:
                if row in self._home:
                    self._follow(self._home[row])

    async def _recall(self) -> None:
        """Know which rows the provider has, and forget those that nobody asks for any more."""
        since = time.time() - _REMEMBERED_S
        for old in [job_id for job_id, began in self._began.items() if began < since]:
            del self._began[old]
            self._home = {row: home for row, home in self._home.items() if home != old}
        for job in await self._desk.jobs(since):
            if job.id in self._began:
                continue
            if not job.over or job.output_file_id or job.error_file_id:
                self._home |= dict.fromkeys(ids_in(await self._desk.content(job.input_file_id)), job.id)
            self._began[job.id] = job.created_at

    async def _submit(self, lines: list[Line]) -> None:
        alike: defaultdict[str, list[Line]] = defaultdict(list)
        for line in lines:
            alike[line.url].append(line)
        for url, some in alike.items():
            for part in _parts(some, self._pace.rows):
                job = await self._desk.begin(await self._desk.upload(written(part)), url)
                self._home |= dict.fromkeys((it.custom_id for it in part), job.id)
                self._began[job.id] = time.time()

    # bringing home

    def _follow(self, job_id: str) -> None:
        self._begin(job_id, partial(self._until_over, job_id))

    async def _until_over(self, job_id: str) -> None:
        while self._awaited(job_id):
            with suppress(CallError):  # asked again: the job goes on whether or not we hear of it
                job = await self._desk.job(job_id)
                if job.over:
                    await self._bring_home(job)
                    continue
            await asyncio.sleep(self._pace.poll_s)

    def _awaited(self, job_id: str) -> list[tuple[str, asyncio.Future[Response]]]:
        """Rows of the job that somebody here waits for; others are asked for later, or by another worker."""
        return [
            (row, waiting)
            for row, waiting in self._waiting.items()
            if self._home.get(row) == job_id and not waiting.done()
        ]

    async def _bring_home(self, job: Job) -> None:
        """Every row of the job is answered, or free to be handed over again."""
        told: dict[str, Response] = {}
        for file_id in (job.output_file_id, job.error_file_id):
            if file_id:
                lines = answers_in(await self._desk.content(file_id))
                told |= {it.custom_id: it.response for it in lines if it.response is not None}
        for row, waiting in self._awaited(job.id):
            if row in told:
                waiting.set_result(told[row])
            else:
                del self._home[row]
                waiting.set_exception(_unanswered(job.status))

    def _fail(self, rows: Iterable[str], error: CallError) -> None:
        for row in rows:
            waiting = self._waiting.get(row)
            if waiting is not None and not waiting.done():
                waiting.set_exception(error)

    def _begin(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work, unless it is under way."""
        running = self._tasks.get(name)
        if running is None or running.done():
            self._tasks[name] = asyncio.create_task(self._guarded(name, work))

    async def _guarded(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - whoever waits must learn that nobody is at it any more
            rows = [row for row in self._waiting if self._home.get(row, _GATHER) == name]
            self._fail(rows, unexpected(error))
        finally:
            self._tasks.pop(name, None)


def _parts(lines: list[Line], rows: int) -> Iterable[list[Line]]:
    part: list[Line] = []
    size = 0
    for line in lines:
        if part and (len(part) >= rows or size + len(line.body) > _MOST_BYTES):
            yield part
            part, size = [], 0
        part.append(line)
        size += len(line.body)
    if part:
        yield part


def _unanswered(status: str) -> UpstreamFailed:
    return UpstreamFailed(
        f"The upstream's batch is {status}, and has no answer to this row.", code=f"upstream_batch_{status}"
    )
