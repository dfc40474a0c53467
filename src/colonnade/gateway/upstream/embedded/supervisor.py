"""The process of the text runtime is started beside the gateway, watched, and started again when it dies."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from colonnade.gateway.upstream.embedded.runtime import Runtime
from colonnade.gateway.upstream.embedded.shared import Place, announce
from colonnade.gateway.upstream.embedded.words import Order, Word
from colonnade.gateway.upstream.openai_compatible import OpenAICompatible
from colonnade.workload.sections.serving import Upstream as Declared

CONNECTIONS = 16
"""Connections to the process; it has a thread for each, and more requests than that wait on the gateway's side."""
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 30.0
_STEADY_S = 60.0
_GRACE_S = 2.0
_LOOK_S, _SILENT_LOOKS = 2.0, 3
_ANSWER_S = 2.0
_LARGEST_LOG = 1 << 20

Phase = Literal["stopped", "starting", "verifying", "loading", "ready", "pausing", "refused"]


@dataclass(slots=True)
class State:
    """What is known of the process now. `sha256` is the digest that it read from the file before loading."""

    phase: Phase = "stopped"
    sha256: str = ""
    restarts: int = 0
    pid: int | None = None
    reason: str = ""

    @property
    def refused(self) -> bool:
        """Whether starting again is of no use."""
        return self.phase == "refused"


@dataclass(slots=True)
class Supervisor:
    """Keeps one process of the text runtime alive; a crash costs the answers it was writing and nothing else.

    Pauses between starts double from 0.2 s to 30 s, and begin anew after a minute of steady work. A refusal
    (wrong digest, nothing installed) is final.
    """

    runtime: Runtime
    log: Path
    place: Path | None = None
    state: State = field(default_factory=State)
    client: OpenAICompatible | None = None
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; returns at once, `state` tells how far it is."""
        if self._task is None:
            self.state.phase = "starting"
            self._task = asyncio.create_task(self._keep(), name=f"runtime of {self.runtime.model}")

    async def close(self) -> None:
        """End the process and wait for it."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        self.state.phase = "stopped"

    async def _keep(self) -> None:
        clock = asyncio.get_running_loop().time
        pause_s = _FIRST_PAUSE_S
        while True:
            began = clock()
            await self._live()
            if self.state.refused:
                return
            if clock() - began > _STEADY_S:
                pause_s = _FIRST_PAUSE_S
            self.state.phase = "pausing"
            await asyncio.sleep(pause_s)
            self.state.restarts += 1
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    async def _live(self) -> None:
        """One life of the process, from its start to its end."""
        self.state.phase, self.state.reason = "starting", ""
        key = secrets.token_urlsafe(32)
        async with self._process() as process:
            assert process.stdin is not None
            assert process.stdout is not None
            self.state.pid = process.pid
            process.stdin.write(msgspec.json.encode(_order(self.runtime, key)) + b"\n")
            looking = asyncio.create_task(self._look_after(process))
            try:
                async for line in process.stdout:
                    self._hear(msgspec.json.decode(line, type=Word), key)
                status = await process.wait()
            finally:
                looking.cancel()
                await self._disconnect()
        if not self.state.refused:
            self.state.reason = self.state.reason or f"its process {_end(status)}"
        self._note(f"{self.runtime.model}: {self.state.reason}")

    async def _look_after(self, process: asyncio.subprocess.Process) -> None:
        """A process that is ready and no longer answers is ended, so that it is started again."""
        silent = 0
        while silent < _SILENT_LOOKS:
            await asyncio.sleep(_LOOK_S)
            answers = self.state.phase != "ready" or await answers_health(self.client)
            silent = 0 if answers else silent + 1
        self.state.reason = f"its process did not answer for {_SILENT_LOOKS * _LOOK_S:.0f} s"
        process.kill()

    def _hear(self, word: Word, key: str) -> None:
        self.state.sha256 = word.sha256 or self.state.sha256
        self.state.reason = word.reason
        if word.phase == "failed":
            return
        self.state.phase = word.phase
        if word.phase == "ready":
            declared = Declared(
                kind="openai_compatible", base_url=f"{word.address}/v1", connections=CONNECTIONS
            )
            self.client = OpenAICompatible(self.runtime.model, declared, key)
            if self.place is not None:
                announce(self.place, Place(word.address, key))

    async def _disconnect(self) -> None:
        client, self.client = self.client, None
        self.state.pid = None
        if self.place is not None:
            announce(self.place, None)
        if client is not None:
            await client.close()

    @asynccontextmanager
    async def _process(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """A process in a session of its own: Ctrl-C reaches the gateway, which ends it in order."""
        with _opened(self.log) as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", "colonnade.gateway.upstream.embedded.child",
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self._note(f"{self.runtime.model}: started")
        try:
            yield process
        finally:
            await _end_of(process)

    def _note(self, text: str) -> None:
        with _opened(self.log) as log:
            log.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {text}\n".encode())


async def answers_health(client: OpenAICompatible | None) -> bool:
    """Whether the server behind the client says that it lives; its own threads answer, however busy the model is."""
    if client is None:
        return True
    reach = client.client.reach
    try:
        async with asyncio.timeout(_ANSWER_S):
            reader, writer = await asyncio.open_connection(reach.host, reach.port)
            try:
                writer.write(b"GET /health HTTP/1.1\r\nhost: runtime\r\nconnection: close\r\n\r\n")
                return (await reader.readline()).startswith(b"HTTP/1.1 ")
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False


def _order(runtime: Runtime, key: str) -> Order:
    facts = {**asdict(runtime), "weights": str(runtime.weights)}
    return Order(**facts, connections=CONNECTIONS, key=key, parent=os.getpid())


def _opened(log: Path) -> BinaryIO:
    """The log, for its owner alone; a long one is put aside and the one before it is dropped."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > _LARGEST_LOG:
        log.replace(log.with_suffix(".log.1"))
    return os.fdopen(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600), "ab")


async def _end_of(process: asyncio.subprocess.Process) -> None:
    """Closing its input asks the process to end; it has two seconds."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(_GRACE_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _end(status: int) -> str:
    return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
