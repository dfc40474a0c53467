"""Guide section 2.2: what is measured, and where prompts, answers and verdicts land."""

from __future__ import annotations

from colonnade.evidence.effective import GatewayConfiguration
from colonnade.operations.evidence import (
    CanaryRequest,
    HostSeries,
    ObjectiveBurns,
    RequestRecords,
    ServiceSeries,
)
from colonnade.review.proportions import share_at_least
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds, insufficient, met, unmet
from colonnade.workload.sections.promises import Sampling

SERVICE_COVERAGE = 0.99
HOST_COVERAGE = 0.95
RECORDED_SHARE = 0.999
CANARY_S = 60.0
"""Shares and seconds as the catalogue's signals of OPS-04, OPS-10 and OPS-11 say."""


@signal("OPS-04", 1, improve="keep the gateway running; it notes a sample a minute")
def service_is_measured_every_minute(series: ServiceSeries, sampling: Sampling) -> Verdict:
    """Latency, errors, rate and engagement exist for at least 99% of the window's minutes."""
    if series.requests == 0:
        return insufficient("no requests in the window, so latency and errors have no reading")
    return _covered(series.covered, series.minutes, SERVICE_COVERAGE, sampling)


@signal("OPS-04", 2, improve="set every objective of `slo` and send traffic")
def every_objective_has_a_burn_rate(burns: ObjectiveBurns) -> Verdict:
    """Each metric has a target, and its burn rate was evaluated."""
    silent = [burn.objective for burn in burns.burns if burn.burn is None]
    fastest = max(burns.burns, key=lambda burn: burn.burn or 0.0)
    if silent:
        return unmet(f"no burn rate for {', '.join(silent)}")
    return met(
        f"{len(burns.burns)} objectives evaluated; fastest burn: {fastest.objective} at {fastest.burn:.2f}"
    )


@signal("OPS-10", 1, improve="keep the gateway running; it samples its hosts every minute")
def hosts_are_measured_every_minute(series: HostSeries, sampling: Sampling) -> Verdict:
    """Processor, memory and network series cover at least 95% of the window's minutes, for every instance."""
    return _covered(series.covered, series.minutes, HOST_COVERAGE, sampling)


@signal("OPS-11", 1, improve="put the journal stage back; look for requests with `colonnade explain request`")
def every_request_leaves_one_record(records: RequestRecords, sampling: Sampling) -> Verdict:
    """At least 99.9% of requests have one complete record."""
    if records.journaled < records.admitted:
        lost = records.admitted - records.journaled
        return unmet(f"{lost} of {records.admitted} requests passed without a record", n=records.admitted)
    words = "requests have a complete record"
    if records.complete == records.records:
        return share_at_least(records.complete, records.records, 1.0, sampling, words)
    return share_at_least(records.complete, records.records, RECORDED_SHARE, sampling, words)


@signal("OPS-11", 2, improve="set `privacy.redact`, and `retention` at or above its legal minimum")
def one_sink_with_redaction(configuration: GatewayConfiguration) -> Verdict:
    """All components write to one sink, redacted, and kept as long as policy says."""
    problems = []
    if not configuration.enforces("journal"):
        problems.append("no journal stage serves")
    if configuration.content == "redacted" and not configuration.redaction:
        problems.append("content is stored without redaction")
    if configuration.retention_days.get("requests", 0) < configuration.legal_minimum_days:
        problems.append("records are kept shorter than the legal minimum")
    return holds(not problems, f"one sink: {configuration.sink}", "; ".join(problems))


@signal("OPS-11", 3, improve="run `colonnade drill run canary-request`")
def a_canary_request_was_found(drill: CanaryRequest) -> Verdict:
    """A request with a known id was found in the sink, complete, within 60 seconds."""
    if not drill.sent:
        return insufficient("the canary request was not answered, so nothing can be found")
    good = drill.found and drill.complete and drill.seconds <= CANARY_S
    state = "complete" if drill.complete else "incomplete" if drill.found else "not found"
    reason = f"{state} after {drill.seconds:.1f} s"
    return (
        met(reason, value=drill.seconds, threshold=CANARY_S) if good else unmet(reason, value=drill.seconds)
    )


def _covered(covered: int, minutes: int, share: float, sampling: Sampling) -> Verdict:
    # Minutes are counted, not sampled: the share is exact and needs no bound, only a window long enough.
    reason = f"{covered} of {minutes} minutes have samples"
    if minutes < sampling.coverage_minutes:
        return insufficient(f"{reason}; {sampling.coverage_minutes} minutes are needed", n=minutes)
    reached = covered >= share * minutes
    if reached:
        return met(reason, value=covered / minutes, threshold=share, n=minutes)
    return unmet(reason, value=covered / minutes, threshold=share, n=minutes)
