"""A component shows that it lives by touching a file from the very loop that does its work; without memory, it ends.

Whoever started it watches the file (`reliability/supervision.py`): a process that is stopped, or whose loop hangs, no
longer touches it, and is started again. One that can get no memory could only fail calls: it ends by itself.
"""

from __future__ import annotations

import asyncio
import mmap
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

BEAT_S: Final = 1.0
ROOM: Final = 16 << 20
"""Memory that must be to be had; it is only asked for, never touched."""
NO_ROOM: Final = 71
"""Exit code of a process that got no memory several times in a row."""
_TRIES: Final = 3
_VARIABLE: Final = "COLONNADE_HEART"


@dataclass(slots=True)
class Heart:
    """The file is given by the environment; without one nothing is touched, and memory is minded all the same."""

    file: Path | None = None
    _beaten: float = 0.0
    _refused: int = field(default=0)

    @classmethod
    def found(cls) -> Heart:
        """The heart of this process."""
        named = os.environ.get(_VARIABLE, "")
        return cls(Path(named) if named else None)

    def beat(self) -> None:
        """Show that the loop which calls this turns; at most once a second, so it may be called often."""
        now = time.monotonic()
        if now < self._beaten + BEAT_S:
            return
        self._beaten = now
        self.mind_memory()
        if self.file is not None:
            self.file.touch(mode=0o600)

    def mind_memory(self) -> None:
        """End the process where no memory is to be had for some seconds."""
        try:
            mmap.mmap(-1, ROOM).close()
        except (OSError, MemoryError):
            self._refused += 1
            if self._refused >= _TRIES:
                _end()
        else:
            self._refused = 0

    async def show(self) -> None:
        """Beat; for servers that call a coroutine now and then."""
        self.beat()

    async def forever(self) -> None:
        """Beat from an event loop."""
        while True:
            self.beat()
            await asyncio.sleep(BEAT_S)


def beat_in_a_thread(heart: Heart) -> None:
    """For work that blocks for long: it shows that the process runs and has memory, and no more than that."""
    threading.Thread(target=_beat_for_ever, args=(heart,), name="heart", daemon=True).start()


def _beat_for_ever(heart: Heart) -> None:
    while True:
        heart.beat()
        time.sleep(BEAT_S)


def told_by(file: Path) -> dict[str, str]:
    """The environment that gives a process its heart."""
    return {_VARIABLE: str(file)}


def _end() -> NoReturn:
    """At once: whatever would be cleaned up needs memory, and the journal is made for a sudden end."""
    os.write(2, b"no memory is to be had: ending, to be started again\n")
    os._exit(NO_ROOM)
