"""What a stretch of load used: processors and memory of the gateway, of the load generator, and of the machine."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import psutil


@dataclass(frozen=True, slots=True)
class Use:
    """Cores that were busy on average, and shares of the machine."""

    gateway_cores: float
    generator_cores: float
    machine_share: float
    memory_share: float


@dataclass(slots=True)
class Meter:
    """Reads processor seconds at the beginning and at the end; `pids` are the gateway's processes."""

    pids: Sequence[int]
    _began: float = 0.0
    _processes: list[psutil.Process] = field(default_factory=list)
    _before: dict[int, float] = field(default_factory=dict)
    _mine: float = 0.0

    def __enter__(self) -> Self:
        psutil.cpu_percent()  # begins a stretch of the machine's own count
        self._began = time.monotonic()
        self._processes = [process for pid in self.pids if (process := _process(pid)) is not None]
        self._before = {process.pid: _seconds(process) for process in self._processes}
        self._mine = time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held."""

    def read(self) -> Use:
        """What was used since the beginning."""
        elapsed = max(1e-6, time.monotonic() - self._began)
        used = sum(max(0.0, _seconds(it) - self._before[it.pid]) for it in self._processes)
        return Use(
            gateway_cores=used / elapsed,
            generator_cores=(time.process_time() - self._mine) / elapsed,
            machine_share=psutil.cpu_percent() / 100.0,
            memory_share=psutil.virtual_memory().percent / 100.0,
        )


def _process(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)
