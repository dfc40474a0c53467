"""A changed workload folder serves within a second, or is refused and the old version goes on serving."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from colonnade.errors import ColonnadeError, FaultyWorkload

POLL_S = 0.15
"""A change is taken up when two looks found it the same: within twice this time of its last byte."""

_log = logging.getLogger("colonnade.gateway")

Fingerprint = frozenset[tuple[str, int, int]]


@dataclass(slots=True)
class Reloading:
    """Watches one folder. `adopt` loads it anew and serves it; it raises ColonnadeError where it cannot be served.

    `refused` is told one clause, empty when the last change was taken up; `left_out` are folders of documents, whose
    changes are taken up by indexing; `served` is how the folder looked before it was loaded first.
    """

    folder: Path
    served: Fingerprint
    left_out: Callable[[], Collection[str]]
    adopt: Callable[[], Awaitable[bool]]
    refused: Callable[[str], Awaitable[None]]

    async def forever(self) -> None:
        """Watch until cancelled.

        A thread looks, and wakes the event loop when there is something new only: asking a thread again and again would
        cost the loop more than all else that goes on beside calls.
        """
        loop, news, over = asyncio.get_running_loop(), asyncio.Queue[Fingerprint](), threading.Event()

        def tell(seen: Fingerprint) -> None:
            with suppress(RuntimeError):  # the loop has ended, and its thread is about to
                loop.call_soon_threadsafe(news.put_nowait, seen)

        threading.Thread(target=self._watch, args=(tell, over), name="colonnade-folder", daemon=True).start()
        try:
            while True:
                seen = await news.get()
                if seen != self.served:
                    self.served = seen
                    await self.take_up()
        finally:
            over.set()

    def _watch(self, tell: Callable[[Fingerprint], None], over: threading.Event) -> None:
        told = seen = self.served
        while not over.wait(POLL_S):
            before, seen = seen, fingerprint(self.folder, frozenset(self.left_out()))
            if seen == before and seen != told:
                told = seen
                tell(seen)

    async def take_up(self) -> bool:
        """Serve the folder as it is now; False where it is refused or serves already."""
        try:
            changed = await self.adopt()
        except ColonnadeError as error:
            reason = _reason(error)
            _log.error("the change of %s is refused: %s", self.folder, reason)
            await self.refused(reason)
            return False
        await self.refused("")
        if changed:
            _log.warning("the change of %s serves now", self.folder)
        return changed


def fingerprint(folder: Path, left_out: Collection[str] = ()) -> Fingerprint:
    """Name, size and time of change of every file below `folder` that can matter; hidden ones do not."""
    found = []
    for file in _files(str(folder), {str(folder / name) for name in left_out}):
        try:
            status = file.stat()
        except OSError:
            continue  # gone between the two looks
        found.append((file.path, status.st_size, status.st_mtime_ns))
    return frozenset(found)


def outside(seen: Fingerprint, folder: Path, left_out: Collection[str]) -> Fingerprint:
    """What was seen of `folder` without what lies in the folders `left_out`."""
    hidden = tuple(f"{folder / name}/" for name in left_out)
    return frozenset(file for file in seen if not file[0].startswith(hidden))


def _files(folder: str, left_out: Collection[str]) -> Iterator[os.DirEntry[str]]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith((".", "__")) or entry.path in left_out:
            continue
        if _is_folder(entry):
            yield from _files(entry.path, left_out)
        else:
            yield entry


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False  # a link that leads nowhere


def _reason(error: ColonnadeError) -> str:
    if not isinstance(error, FaultyWorkload):
        return str(error)
    first = str(error.faults[0]).splitlines()[0]
    more = len(error.faults) - 1
    return f"{first} (and {more} more: run `colonnade check`)" if more else first
