"""Which processes make up a running workload is written down for the operators of this machine: drills, and people who look."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Final

import msgspec
import psutil

FILE: Final = "components.json"
_SAME_S: Final = 0.5


class Member(msgspec.Struct, frozen=True):
    """One component: its name, its process, when that was created (seconds since the epoch), and the file that it touches."""

    name: str
    pid: int
    created: float
    heart: str = ""

    def beaten_ago_s(self) -> float:
        """Seconds since its heart beat last; endless where it never did."""
        try:
            return time.time() - Path(self.heart).stat().st_mtime if self.heart else inf
        except OSError:
            return inf

    @property
    def process(self) -> psutil.Process | None:
        """The process; None where it ended, even if another one has its number now."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) < _SAME_S
            ended = process.status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return None
        return process if same and not ended else None


@dataclass(frozen=True, slots=True)
class Roster:
    """The list in a file, for its owner alone, replaced at once whenever a process was started."""

    file: Path

    def write(self, components: Iterable[tuple[str, int, Path | None]]) -> None:
        """These are the components now: name, process, heart."""
        members = [member for it in components if (member := _member(*it)) is not None]
        draft = self.file.with_suffix(".draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(members))
        draft.replace(self.file)

    def read(self) -> list[Member]:
        """The components; none where nothing was started, or where it has ended."""
        try:
            return msgspec.json.decode(self.file.read_bytes(), type=list[Member])
        except (OSError, msgspec.MsgspecError):
            return []

    def close(self) -> None:
        """Nothing runs any more."""
        self.file.unlink(missing_ok=True)


def _member(name: str, pid: int, heart: Path | None) -> Member | None:
    try:
        return Member(name, pid, psutil.Process(pid).create_time(), str(heart or ""))
    except psutil.NoSuchProcess:
        return None  # it ended at once; it will be started again
