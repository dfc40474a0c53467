"""What a counter of the whole machine says is put down to an answer only if no other answer was made meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

Counter = Callable[[], float]
"""A number that only grows: watt-hours of the machine, CPU seconds of a process. May raise OSError."""


@dataclass(slots=True, eq=False)
class Reading:
    """The counter when an answer began; `working` tells whether a model has been asked for it by now."""

    value: float
    working: Callable[[], bool]
    shared: bool = False


@dataclass(slots=True)
class Exclusive:
    """A counter read around answers. Every `begin` is followed by one `end`.

    Answers for which no model was asked (cache hits, refusals) disturb nobody's reading.
    """

    counter: Counter
    open: list[Reading] = field(default_factory=list)

    def begin(self, working: Callable[[], bool]) -> Reading:
        """The counter now; a counter that cannot be read gives a reading that never counts."""
        value = self._value()
        reading = Reading(value or 0.0, working, shared=value is None)
        self.open.append(reading)
        return reading

    def end(self, reading: Reading) -> float | None:
        """What was counted since `reading`; None where another answer was made meanwhile or nothing can be read."""
        self.open.remove(reading)
        made = reading.working()
        for other in self.open:
            reading.shared |= other.working()
            other.shared |= made
        value = self._value()
        return None if reading.shared or value is None else max(0.0, value - reading.value)

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
