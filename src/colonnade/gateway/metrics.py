"""Counts and times of all calls, one row updated a call, rendered as Prometheus text when asked.

Names follow OpenTelemetry's conventions for generative AI where they have one; docs/reference/http.md lists them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from colonnade.gateway.call import Call, Reply
from colonnade.gateway.outcome import outcome_of

BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0)
"""Upper bounds of the histograms' buckets, seconds."""

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"

HELP = {
    "colonnade_requests_total": ("counter", "Calls by route, status and outcome."),
    "colonnade_requests_in_flight": ("gauge", "Calls that are being answered now."),
    "gen_ai_server_request_duration_seconds": (
        "histogram",
        "From the request's head to the answer's last byte.",
    ),
    "gen_ai_server_time_to_first_token_seconds": ("histogram", "From the request's head to the first bytes."),
    "gen_ai_client_token_usage_total": ("counter", "Tokens by type; the types are disjoint."),
    "colonnade_cost_usd_total": ("counter", "US dollars, of calls whose price is known."),
    "colonnade_unpriced_calls_total": ("counter", "Answered calls whose price is not known."),
}


@dataclass(slots=True)
class Histogram:
    """How many observations fell into each bucket, and their sum in seconds."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    total_s: float = 0.0

    def observe(self, seconds: float) -> None:
        """Count one observation."""
        self.buckets[bisect_left(BOUNDS_S, seconds)] += 1
        self.total_s += seconds


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

    def render(self) -> bytes:
        """The exposition in Prometheus's text format 0.0.4."""
        return ("\n".join(self._lines()) + "\n").encode()

    def _lines(self) -> Iterator[str]:
        rows = sorted(self.rows.items())
        for name, (kind, sentence) in HELP.items():
            yield f"# HELP {name} {sentence}"
            yield f"# TYPE {name} {kind}"
            if name == "colonnade_requests_in_flight":
                yield f"{name} {self.in_flight}"
            for key, row in rows:
                yield from _SAMPLES[name](name, _labels(key), row)


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


def _labels(key: Key) -> str:
    route, endpoint, status, outcome = key
    return f'route="{route}",endpoint="{endpoint}",status="{status}",outcome="{outcome}"'


def _calls(name: str, labels: str, row: Row) -> Iterator[str]:
    yield f"{name}{{{labels}}} {row.calls}"


def _duration(name: str, labels: str, row: Row) -> Iterator[str]:
    return _histogram(name, labels, row.duration)


def _first_byte(name: str, labels: str, row: Row) -> Iterator[str]:
    return _histogram(name, labels, row.first_byte)


def _histogram(name: str, labels: str, histogram: Histogram) -> Iterator[str]:
    count = 0
    for bound, observed in zip((*BOUNDS_S, "+Inf"), histogram.buckets, strict=True):
        count += observed
        yield f'{name}_bucket{{{labels},le="{bound}"}} {count}'
    yield f"{name}_sum{{{labels}}} {histogram.total_s:.6f}"
    yield f"{name}_count{{{labels}}} {count}"


def _tokens(name: str, labels: str, row: Row) -> Iterator[str]:
    for kind in ("input", "cache_read", "cache_write", "output", "reasoning"):
        yield f'{name}{{{labels},gen_ai_token_type="{kind}"}} {getattr(row, kind)}'


def _cost(name: str, labels: str, row: Row) -> Iterator[str]:
    yield f"{name}{{{labels}}} {row.usd:.10f}"


def _unpriced(name: str, labels: str, row: Row) -> Iterator[str]:
    yield f"{name}{{{labels}}} {row.unpriced}"


def _of_the_process(_name: str, _labels: str, _row: Row) -> Iterator[str]:
    return iter(())


_SAMPLES = {
    "colonnade_requests_total": _calls,
    "colonnade_requests_in_flight": _of_the_process,
    "gen_ai_server_request_duration_seconds": _duration,
    "gen_ai_server_time_to_first_token_seconds": _first_byte,
    "gen_ai_client_token_usage_total": _tokens,
    "colonnade_cost_usd_total": _cost,
    "colonnade_unpriced_calls_total": _unpriced,
}
