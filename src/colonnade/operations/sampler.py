"""While the gateway runs, every minute leaves a sample: what it counted, and what it used of its host."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

from colonnade.evidence.minutes import Minute
from colonnade.gateway.metrics import Metrics
from colonnade.operations.interaction_log import Tally

PAST_THE_DOOR = frozenset({"answered", "failed", "abandoned"})
"""Outcomes of requests that must have left a record; `refused` may have happened before the journal."""


@dataclass(slots=True)
class Sampler:
    """Takes a sample at the start, at every new minute, and at the end; `keep` stores one and may block."""

    metrics: Metrics
    tally: Tally
    keep: Callable[[Minute], None]
    run: str = field(default_factory=lambda: f"{os.getpid()}-{time.time():.0f}")

    async def forever(self) -> None:
        """Sample until cancelled; one more sample is taken on the way out."""
        try:
            while True:
                await asyncio.to_thread(self.keep, self.sample())
                await asyncio.sleep(60.0 - time.time() % 60.0)
        finally:
            self.keep(self.sample())

    def sample(self) -> Minute:
        """What is known now. Counters run from the start of the process."""
        outcomes = self._outcomes()
        cpu_s, rss_mb = _used()
        return Minute(
            run=self.run,
            minute=int(time.time() // 60),
            admitted=sum(outcomes.get(word, 0) for word in PAST_THE_DOOR),
            journaled=self.tally.closed,
            answered=outcomes.get("answered", 0),
            failed=outcomes.get("failed", 0),
            render_failures=self.tally.render_failures,
            cache_hits=self.tally.cache_hits,
            in_flight=self.metrics.in_flight,
            cpu_s=cpu_s,
            rss_mb=rss_mb,
            net_kb=_network_kb(),
        )

    def _outcomes(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for (route, _endpoint, _status, outcome), row in self.metrics.rows.items():
            if route:
                counts[outcome] = counts.get(outcome, 0) + row.calls
        return counts


def _used() -> tuple[float, float]:
    """Processor seconds and resident megabytes of this process and its children."""
    own = psutil.Process()
    cpu_s, rss = 0.0, 0
    for process in (own, *own.children(recursive=True)):
        with suppress(psutil.Error):
            times = process.cpu_times()
            cpu_s += times.user + times.system
            rss += process.memory_info().rss
    return cpu_s, rss / 1e6


def _network_kb() -> float:
    counters = psutil.net_io_counters()
    return (counters.bytes_sent + counters.bytes_recv) / 1e3 if counters else 0.0
