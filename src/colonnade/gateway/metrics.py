"""Counts and times of all calls: one row is updated a call; `exposition.py` writes them when asked."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

from colonnade.gateway.call import Call, Reply, Usage
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
    cache_write_1h: int = 0
    audio_input: int = 0
    image_input: int = 0
    output: int = 0
    reasoning: int = 0
    audio_output: int = 0
    image_output: int = 0
    usd: float = 0.0
    unpriced: int = 0
    refusals: int = 0
    cache: dict[str, int] = field(default_factory=dict)
    saved_tokens: int = 0
    saved_usd: float = 0.0
    saved_wh: float = 0.0

    def add(self, other: Row) -> None:
        """Count what the other one counted."""
        self.duration.add(other.duration)
        self.first_byte.add(other.first_byte)
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for verdict, calls in other.cache.items():
            self.cache[verdict] = self.cache.get(verdict, 0) + calls


_COUNTS = (
    "calls", "input", "cache_read", "cache_write", "cache_write_1h", "audio_input", "image_input", "output",
    "reasoning", "audio_output", "image_output", "usd", "unpriced", "refusals", "saved_tokens", "saved_usd", "saved_wh",
)  # fmt: skip
TOKENS = (
    "input", "cache_read", "cache_write", "cache_write_1h", "audio_input", "image_input", "output", "reasoning",
    "audio_output", "image_output",
)  # fmt: skip
"""Kinds of tokens, disjoint; `input` is what is fresh of it."""
Key = tuple[str, str, int, str]
Event = tuple[str, str]
"""A metric and its labels as they are written."""


@dataclass(slots=True)
class Metrics:
    """The rows. Labels come from the workload and from fixed words only, so their number is bounded."""

    rows: dict[Key, Row] = field(default_factory=dict)
    in_flight: int = 0
    events: dict[Event, int] = field(default_factory=dict)

    def count(self, name: str, **labels: str) -> None:
        """Count something that is rare: nothing that every call does."""
        event = name, ",".join(f'{label}="{value}"' for label, value in labels.items())
        self.events[event] = self.events.get(event, 0) + 1

    def observe(self, call: Call, reply: Reply | None, status: int, error: str) -> None:
        """Count a call that is over. `status` is what the caller was answered."""
        key = (call.route_name, call.endpoint, status, outcome_of(call, status, error))
        row = self.rows.get(key)
        if row is None:
            row = self.rows[key] = Row()
        row.calls += 1
        row.duration.observe(call.now() - call.started)
        if call.cache != "off":
            _add_cache(row, call)
        if reply is not None:
            _add(row, reply)

    def absorb(self, others: Iterable[Metrics]) -> Metrics:
        """These and the others as one, e.g. of all workers; a new object."""
        total = Metrics()
        for each in (self, *others):
            total.in_flight += each.in_flight
            for key, row in each.rows.items():
                total.rows.setdefault(key, Row()).add(row)
            for event, count in each.events.items():
                total.events[event] = total.events.get(event, 0) + count
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
    if (
        usage.cache_write_1h
        or usage.audio_input
        or usage.image_input
        or usage.audio_output
        or usage.image_output
    ):
        _add_rare(row, usage)
    row.refusals += reply.refused
    if reply.money is None:
        return
    if reply.money.known:
        row.usd += reply.money.usd
    else:
        row.unpriced += 1


def _add_rare(row: Row, usage: Usage) -> None:
    row.cache_write_1h += usage.cache_write_1h
    row.audio_input += usage.audio_input
    row.image_input += usage.image_input
    row.audio_output += usage.audio_output
    row.image_output += usage.image_output


def _add_cache(row: Row, call: Call) -> None:
    row.cache[call.cache] = row.cache.get(call.cache, 0) + 1
    if call.saved is not None:
        row.saved_tokens += call.saved.tokens
        row.saved_usd += call.saved.usd
        row.saved_wh += call.saved.energy_wh
