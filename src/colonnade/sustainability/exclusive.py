"""What a counter of the whole machine says is put down to an answer only if no other answer was made meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Counter = Callable[[], float]
"""A number that only grows: watt-hours of the machine, CPU seconds of a process. May raise OSError."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The counter when an answer began, how many had begun by then, and whether it was the only one."""

    value: float
    begun: int
    alone: bool


@dataclass(slots=True)
class Exclusive:
    """A counter read around answers. Every `begin` is followed by one `end`."""

    counter: Counter
    begun: int = 0
    open: int = 0

    def begin(self) -> Reading:
        """The counter now; a counter that cannot be read gives a reading that never counts."""
        self.begun += 1
        self.open += 1
        value = self._value()
        return Reading(value or 0.0, self.begun, alone=self.open == 1 and value is not None)

    def end(self, reading: Reading) -> float | None:
        """What was counted since `reading`; None where another answer was made meanwhile or nothing can be read."""
        self.open -= 1
        value = self._value()
        if value is None or not reading.alone or self.begun != reading.begun:
            return None
        return max(0.0, value - reading.value)

    def _value(self) -> float | None:
        try:
            return self.counter()
        except (OSError, ValueError):
            return None


def cpu_seconds(pid: int, proc: Path = Path("/proc")) -> float:
    """CPU seconds that a process has spent, in user and kernel mode.

    Raises:
        OSError: there is no such process.
    """
    stat = (proc / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    fields = stat[stat.rindex(")") + 2 :].split()  # the name in brackets may hold spaces
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
