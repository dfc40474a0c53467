"""Which processes make up a running workload is written down for the operators of this machine: drills, and people who look."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import psutil

FILE: Final = "components.json"
_SAME_S: Final = 0.5


class Member(msgspec.Struct, frozen=True):
    """One component: its name, its process, and when that was created (seconds since the epoch)."""

    name: str
    pid: int
    created: float

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

    def write(self, pids: Mapping[str, int]) -> None:
        """These are the components now."""
        members = [member for name, pid in pids.items() if (member := _member(name, pid)) is not None]
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


def _member(name: str, pid: int) -> Member | None:
    try:
        return Member(name, pid, psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return None  # it ended at once; it will be started again
