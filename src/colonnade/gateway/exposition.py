"""What `/metrics` answers: counts and times as Prometheus text, of one workload or of several.

Names follow OpenTelemetry's conventions for generative AI where they have one; docs/reference/http.md lists them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from colonnade.gateway.metrics import BOUNDS_S, TOKENS, Histogram, Key, Metrics, Row

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
    "colonnade_refusals_total": ("counter", "Answers in which the model declined."),
    "colonnade_cache_calls_total": ("counter", "Calls on cached routes by what the cache did."),
    "colonnade_saved_tokens_total": ("counter", "Tokens that answers from the cache did not take."),
    "colonnade_saved_usd_total": ("counter", "US dollars that answers from the cache did not cost."),
    "colonnade_saved_energy_wh_total": ("counter", "Watt-hours, at least, that they did not take."),
    "colonnade_retries_total": ("counter", "Failed attempts at an upstream that were followed by another."),
    "colonnade_shed_total": ("counter", "Calls that an upstream's gate refused, by reason."),
    "colonnade_breaker_transitions_total": (
        "counter",
        "Changes of the breaker of a target, by its new state.",
    ),
}


def render(shown: Mapping[str, Metrics]) -> bytes:
    """The exposition in Prometheus's text format 0.0.4. Each sample carries its workload, the key, unless it is empty."""
    return ("\n".join(_lines(shown)) + "\n").encode()


def _lines(shown: Mapping[str, Metrics]) -> Iterator[str]:
    for name, (kind, sentence) in HELP.items():
        yield f"# HELP {name} {sentence}"
        yield f"# TYPE {name} {kind}"
        for workload, metrics in shown.items():
            if name == "colonnade_requests_in_flight":
                yield f"{name}{_alone(workload)} {metrics.in_flight}"
            for key, row in sorted(metrics.rows.items()) if name in _SAMPLES else ():
                yield from _SAMPLES[name](name, _labels(workload, key), row)
            for (event, labels), count in sorted(metrics.events.items()):
                if event == name:
                    yield f"{name}{{{_first(workload)}{labels}}} {count}"


def _alone(workload: str) -> str:
    return f'{{workload="{workload}"}}' if workload else ""


def _first(workload: str) -> str:
    return f'workload="{workload}",' if workload else ""


def _labels(workload: str, key: Key) -> str:
    route, endpoint, status, outcome = key
    return f'{_first(workload)}route="{route}",endpoint="{endpoint}",status="{status}",outcome="{outcome}"'


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
    for kind in TOKENS:
        yield f'{name}{{{labels},gen_ai_token_type="{kind}"}} {getattr(row, kind)}'


def _cost(name: str, labels: str, row: Row) -> Iterator[str]:
    yield f"{name}{{{labels}}} {row.usd:.10f}"


def _unpriced(name: str, labels: str, row: Row) -> Iterator[str]:
    yield f"{name}{{{labels}}} {row.unpriced}"


def _refusals(name: str, labels: str, row: Row) -> Iterator[str]:
    yield f"{name}{{{labels}}} {row.refusals}"


def _cache(name: str, labels: str, row: Row) -> Iterator[str]:
    for verdict, calls in sorted(row.cache.items()):
        yield f'{name}{{{labels},verdict="{verdict}"}} {calls}'


def _saved_tokens(name: str, labels: str, row: Row) -> Iterator[str]:
    yield f"{name}{{{labels}}} {row.saved_tokens}"


def _saved_usd(name: str, labels: str, row: Row) -> Iterator[str]:
    yield f"{name}{{{labels}}} {row.saved_usd:.10f}"


def _saved_energy(name: str, labels: str, row: Row) -> Iterator[str]:
    yield f"{name}{{{labels}}} {row.saved_wh:.10f}"


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
    "colonnade_refusals_total": _refusals,
    "colonnade_cache_calls_total": _cache,
    "colonnade_saved_tokens_total": _saved_tokens,
    "colonnade_saved_usd_total": _saved_usd,
    "colonnade_saved_energy_wh_total": _saved_energy,
}
