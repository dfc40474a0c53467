"""What the traffic of a window was, in one pass over its requests: the figures that collectors ask for."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from colonnade.evidence.request import RequestRecord


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over some requests; tokens are disjoint counts, energy in Wh, carbon in gCO2e."""

    requests: int = 0
    answered: int = 0
    failed: int = 0
    fresh_input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0
    usd: float = 0.0
    energy_min_wh: float = 0.0
    energy_max_wh: float = 0.0
    carbon_min_g: float = 0.0
    carbon_max_g: float = 0.0


class TrafficSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One window of traffic.

    `recorded_share` is the share with a closed record; the others were interrupted. `error_ratio` is failed and
    interrupted requests over all but those refused by the gateway or abandoned by the caller. Percentiles are
    order statistics (nearest rank) of answered requests, None without any. `minutes` counts the minutes of the
    clock in which at least one request was opened. `by_label` maps label -> value -> totals.
    """

    total: Totals
    outcomes: dict[str, int]
    first_at: float | None = None
    last_at: float | None = None
    minutes: int = 0
    recorded: int = 0
    recorded_share: float = 1.0
    reached_upstream: int = 0
    error_ratio: float = 0.0
    latency_p50_ms: float | None = None
    latency_p95_ms: float | None = None
    first_byte_p50_ms: float | None = None
    first_byte_p95_ms: float | None = None
    output_p95_tokens: float | None = None
    truncated: int = 0
    usage_reported: int = 0
    price_known: int = 0
    disclosed: int = 0
    with_sources: int = 0
    nothing_found: int = 0
    cache_hits: int = 0
    finishes: dict[str, int] = {}
    keys: int = 0
    by_route: dict[str, Totals] = {}
    by_binding: dict[str, Totals] = {}
    by_label: dict[str, dict[str, Totals]] = {}


_SUMMED = tuple(name for name in Totals.__struct_fields__ if name not in {"requests", "answered", "failed"})


@dataclass(slots=True)
class _Sum:
    """Totals in the making."""

    counts: list[int] = field(default_factory=lambda: [0, 0, 0])
    sums: list[float] = field(default_factory=lambda: [0.0] * len(_SUMMED))

    def take(self, request: RequestRecord, values: Sequence[float]) -> None:
        self.counts[0] += 1
        self.counts[1] += request.outcome == "answered"
        self.counts[2] += request.outcome == "failed"
        for place, value in enumerate(values):
            self.sums[place] += value

    def totals(self) -> Totals:
        requests, answered, failed = self.counts
        named = dict(zip(_SUMMED, self.sums, strict=True))
        return Totals(
            requests=requests,
            answered=answered,
            failed=failed,
            fresh_input=int(named.pop("fresh_input")),
            cache_read=int(named.pop("cache_read")),
            cache_write=int(named.pop("cache_write")),
            output=int(named.pop("output")),
            reasoning=int(named.pop("reasoning")),
            **named,
        )


@dataclass(slots=True)
class _Tally:
    """Everything that one pass gathers."""

    total: _Sum = field(default_factory=_Sum)
    by_route: dict[str, _Sum] = field(default_factory=dict)
    by_binding: dict[str, _Sum] = field(default_factory=dict)
    by_label: dict[str, dict[str, _Sum]] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    finishes: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)
    minutes: set[int] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    latencies: array[float] = field(default_factory=lambda: array("d"))
    first_bytes: array[float] = field(default_factory=lambda: array("d"))
    outputs: array[float] = field(default_factory=lambda: array("d"))
    first_at: float = math.inf
    last_at: float = -math.inf

    def take(self, request: RequestRecord) -> None:
        self._take_sums(request)
        self._take_flags(request)
        self.outcomes[request.outcome] += 1
        self.minutes.add(int(request.opened_at // 60))
        self.keys.add(request.key_id)
        self.first_at = min(self.first_at, request.opened_at)
        self.last_at = max(self.last_at, request.opened_at)
        if request.outcome == "answered":
            self._take_answered(request)

    def _take_sums(self, request: RequestRecord) -> None:
        values = [getattr(request, name) for name in _SUMMED]
        self.total.take(request, values)
        self.by_route.setdefault(request.route, _Sum()).take(request, values)
        self.by_binding.setdefault(request.binding, _Sum()).take(request, values)
        for label, value in request.labels.items():
            self.by_label.setdefault(label, {}).setdefault(value, _Sum()).take(request, values)

    def _take_flags(self, request: RequestRecord) -> None:
        self.flags["reached_upstream"] += request.reached_upstream
        self.flags["usage_reported"] += request.usage_reported
        self.flags["price_known"] += request.price_known
        self.flags["disclosed"] += request.disclosed
        self.flags["with_sources"] += bool(request.sources)
        self.flags["nothing_found"] += request.nothing_found
        self.flags["cache_hits"] += request.cache in {"hit", "shared", "similar"}
        self.flags["truncated"] += request.finish == "length"

    def _take_answered(self, request: RequestRecord) -> None:
        self.latencies.append(request.latency_ms)
        self.outputs.append(request.output)
        if request.first_byte_ms is not None:
            self.first_bytes.append(request.first_byte_ms)
        if request.finish:
            self.finishes[request.finish] += 1


def summarise(records: Iterable[RequestRecord]) -> TrafficSummary:
    """The summary of these requests, read once, in any order."""
    tally = _Tally()
    for request in records:
        tally.take(request)
    count = tally.total.counts[0]
    recorded = count - tally.outcomes["interrupted"]
    return TrafficSummary(
        total=tally.total.totals(),
        outcomes=dict(tally.outcomes),
        first_at=tally.first_at if count else None,
        last_at=tally.last_at if count else None,
        minutes=len(tally.minutes),
        recorded=recorded,
        recorded_share=recorded / count if count else 1.0,
        error_ratio=_error_ratio(tally.outcomes),
        latency_p50_ms=percentile(tally.latencies, 0.50),
        latency_p95_ms=percentile(tally.latencies, 0.95),
        first_byte_p50_ms=percentile(tally.first_bytes, 0.50),
        first_byte_p95_ms=percentile(tally.first_bytes, 0.95),
        output_p95_tokens=percentile(tally.outputs, 0.95),
        finishes=dict(tally.finishes),
        keys=len(tally.keys - {""}),
        by_route=_finished(tally.by_route),
        by_binding=_finished(tally.by_binding),
        by_label={label: _finished(values) for label, values in tally.by_label.items()},
        **tally.flags,
    )


def percentile(values: Sequence[float], share: float) -> float | None:
    """The order statistic of rank ceil(share * n), None without values."""
    if not values:
        return None
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1]


def _error_ratio(outcomes: Counter[str]) -> float:
    wrong = outcomes["failed"] + outcomes["interrupted"]
    owed = wrong + outcomes["answered"]
    return wrong / owed if owed else 0.0


def _finished(sums: dict[str, _Sum]) -> dict[str, Totals]:
    return {name: made.totals() for name, made in sorted(sums.items())}
