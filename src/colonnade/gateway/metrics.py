"""Counts and times of all calls: one row is updated a call; `exposition.py` writes them when asked."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

from colonnade.gateway.call import Call, Reply
from colonnade.gateway.outcome import outcome_of

BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0)
"""Upper bounds of the histograms' buckets, seconds."""


@dataclass(slots=True)
class Histogram:
    """How many observations fell into each bucket, and their sum in seconds."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    total_s: float = 0.0

    def observe(self, seconds: float) -> None:
        """Count one observation."""
        self.buckets[bisect_left(BOUNDS_S, seconds)] += 1
        self.total_s += seconds

    def add(self, other: Histogram) -> None:
        """Count what the other one counted."""
        self.buckets = [mine + theirs for mine, theirs in zip(self.buckets, other.buckets, strict=True)]
        self.total_s += other.total_s


@dataclass(slots=True)
class Row:
    """What is known of all calls with the same route, endpoint, status and outcome."""

    calls: int = 0
    duration: Histogram = field(default_factory=Histogram)
    first_byte: Histogram = field(default_factory=Histogram)
    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0
    usd: float = 0.0
    unpriced: int = 0

    def add(self, other: Row) -> None:
        """Count what the other one counted."""
        self.duration.add(other.duration)
        self.first_byte.add(other.first_byte)
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))


_COUNTS = ("calls", "input", "cache_read", "cache_write", "output", "reasoning", "usd", "unpriced")
Key = tuple[str, str, int, str]


@dataclass(slots=True)
class Metrics:
    """The rows. Labels come from the workload and from fixed words only, so their number is bounded."""

    rows: dict[Key, Row] = field(default_factory=dict)
    in_flight: int = 0

    def observe(self, call: Call, reply: Reply | None, status: int, error: str) -> None:
        """Count a call that is over. `status` is what the caller was answered."""
        key = (call.route_name, call.endpoint, status, outcome_of(call, status, error))
        row = self.rows.get(key)
        if row is None:
            row = self.rows[key] = Row()
        row.calls += 1
        row.duration.observe(call.now() - call.started)
        if reply is not None:
            _add(row, reply)

    def absorb(self, others: Iterable[Metrics]) -> Metrics:
        """These and the others as one, e.g. of all workers; a new object."""
        total = Metrics()
        for each in (self, *others):
            total.in_flight += each.in_flight
            for key, row in each.rows.items():
                total.rows.setdefault(key, Row()).add(row)
        return total


def _add(row: Row, reply: Reply) -> None:
    if reply.first_byte_ms is not None:
        row.first_byte.observe(reply.first_byte_ms / 1000.0)
    usage = reply.usage
    row.input += usage.fresh_input
    row.cache_read += usage.cache_read
    row.cache_write += usage.cache_write
    row.output += usage.output
    row.reasoning += usage.reasoning
    if reply.money is None:
        return
    if reply.money.known:
        row.usd += reply.money.usd
    else:
        row.unpriced += 1
