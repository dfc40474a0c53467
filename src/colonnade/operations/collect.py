"""Collectors of step 2 over the journal, the minutes, the ledger and the settings."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from colonnade.evidence.change import Change
from colonnade.evidence.collection import Scope
from colonnade.evidence.minutes import Minute, runs_of
from colonnade.evidence.record import Record
from colonnade.evidence.request import RequestRecord
from colonnade.operations.evidence import (
    BindingTrail,
    Burn,
    HostSeries,
    ModelsSeen,
    ObjectiveBurns,
    RenderFailures,
    RequestRecords,
    ServiceSeries,
    SystemPrompts,
)
from colonnade.workload.specification import Specification


def service_series(minutes: Sequence[Minute], requests: Sequence[RequestRecord], scope: Scope) -> Record:
    """Coverage and readings of latency, errors, throughput and engagement.

    A rehearsal starts and stops: there the minutes of each run count, elsewhere the whole window since its first sample.
    """
    total, covered = _coverage(minutes, scope, _last_minute(requests))
    seconds = max(60.0 * total, 1.0)
    view = ServiceSeries(
        minutes=total,
        covered=covered,
        requests=len(requests),
        errors=sum(request.outcome == "failed" for request in requests),
        latency_p95_ms=percentile(
            [request.latency_ms for request in requests if request.outcome == "answered"], 0.95
        ),
        requests_per_s=len(requests) / seconds,
        engagement=engagement(requests, seconds),
    )
    return scope.record(view, kind="telemetry", collector="operations.series@1", n=total)


def objective_burns(specification: Specification, series: ServiceSeries, scope: Scope) -> Record:
    """Each objective beside what was read, and how fast it uses up its allowance."""
    slo = specification.slo
    errors = series.errors / series.requests if series.requests else None
    burns = [
        _ceiling("latency_p95_ms", slo.latency_p95_ms, series.latency_p95_ms),
        _ceiling("error_ratio_max", slo.error_ratio_max, errors),
        _ceiling("availability", 1 - slo.availability, errors),
        _floor(
            "requests_per_s_min", slo.requests_per_s_min, series.requests_per_s if series.minutes else None
        ),
        _floor("engagement_min", slo.engagement_min, series.engagement if series.minutes else None),
    ]
    return scope.record(
        ObjectiveBurns(burns=burns), kind="config", collector="operations.objectives@1", n=series.requests
    )


def host_series(minutes: Sequence[Minute], scope: Scope) -> Record:
    """Processor, memory and network of every gateway process, by minute."""
    total, covered = _coverage([minute for minute in minutes if minute.rss_mb > 0], scope, 0)
    runs = {minute.run for minute in minutes}
    view = HostSeries(
        minutes=total,
        covered=covered,
        instances=len(runs),
        cpu_share_p95=percentile(_cpu_shares(minutes), 0.95) or 0.0,
        rss_mb_max=max((minute.rss_mb for minute in minutes), default=0.0),
        net_kb=sum(_growth([minute.net_kb for minute in minutes if minute.run == run]) for run in runs),
    )
    return scope.record(view, kind="telemetry", collector="operations.hosts@1", n=total)


def request_records(
    minutes: Sequence[Minute], requests: Sequence[RequestRecord], guardrails: int, scope: Scope
) -> Record:
    """Requests counted at the door against records in the journal."""
    last = {minute.run: minute for minute in minutes}
    view = RequestRecords(
        admitted=sum(minute.admitted for minute in last.values()),
        journaled=sum(minute.journaled for minute in last.values()),
        records=len(requests),
        complete=sum(complete(request) for request in requests),
        guardrails_active=guardrails,
    )
    return scope.record(view, kind="telemetry", collector="operations.records@1", n=len(requests))


def complete(request: RequestRecord) -> bool:
    """Whether the record tells its story whole: closed, content by digest, model and prompt version.

    A request that was refused before any stage decided something has its error code for a story.
    """
    if request.outcome == "interrupted" or not (request.decisions or request.error_code):
        return False
    if request.outcome != "answered":
        return True
    content = bool(request.prompt_digest) and bool(request.answer_digest)
    model = bool(request.model) and (
        bool(request.model_pin) or bool(request.answered_by) or not request.reached_upstream
    )
    return content and model and (bool(request.prompt_version) or not request.prompt_name)


def binding_trail(changes: Sequence[Change], scope: Scope) -> Record:
    """Whether every change of a model binding tells who, when, why, on what evaluation, approved by whom."""
    view = BindingTrail(
        changes=len(changes),
        with_actor_time_reason=sum(bool(c.actor and c.at and c.reason) for c in changes),
        with_evaluation=sum(bool(c.evaluation) for c in changes),
        with_approval=sum(bool(c.approval) for c in changes),
    )
    return scope.record(view, kind="registry", collector="operations.trail@1", n=len(changes))


def models_seen(requests: Sequence[RequestRecord], changes: Sequence[Change], scope: Scope) -> Record:
    """Models that answered, against those that the trail names."""
    reached = [request for request in requests if request.reached_upstream and _named_model(request)]
    approved = {change.details.get("model", "") for change in changes} | {change.after for change in changes}
    view = ModelsSeen(
        requests=len(reached),
        seen=sorted({request.model_pin or request.answered_by or request.model for request in reached}),
        approved=sorted(approved - {""}),
    )
    return scope.record(view, kind="telemetry", collector="operations.models@1", n=len(reached))


def _named_model(request: RequestRecord) -> bool:
    """Another model than the snapshot is refused, and still it was another model that answered."""
    return request.outcome == "answered" or request.error_code == "upstream_wrong_model"


def system_prompts(requests: Sequence[RequestRecord], scope: Scope) -> Record:
    """Requests that reached a model with a system prompt of the caller's own."""
    reached = [request for request in requests if request.reached_upstream and request.endpoint == "chat"]
    view = SystemPrompts(
        requests=len(reached), unregistered=sum(request.free_system_prompt for request in reached)
    )
    return scope.record(view, kind="telemetry", collector="operations.system-prompts@1", n=len(reached))


def render_failures(requests: Sequence[RequestRecord], scope: Scope) -> Record:
    """Requests refused while their prompt was filled."""
    chats = [request for request in requests if request.prompt_name]
    refused = [request for request in requests if request.error_code in RENDER_CODES]
    view = RenderFailures(
        rendered=len(chats),
        refused=len(refused),
        refused_but_reached_model=sum(request.reached_upstream for request in refused),
    )
    return scope.record(
        view, kind="telemetry", collector="operations.rendering@1", n=len(chats) + len(refused)
    )


RENDER_CODES = frozenset(
    {
        "prompt_variable_missing",
        "prompt_variable_unknown",
        "prompt_variable_too_long",
        "prompt_variable_type",
        "prompt_version_unknown",
        "system_prompt_refused",
    }
)
"""Error codes with which the render stage refuses a request."""


def percentile(values: Sequence[float], share: float) -> float | None:
    """The order statistic at `share`, or None of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] if ordered else None


def engagement(requests: Sequence[RequestRecord], seconds: float) -> float:
    """Answered requests per active key and day."""
    keys = {request.key_id for request in requests}
    answered = sum(request.outcome == "answered" for request in requests)
    return answered / len(keys) / max(seconds / 86_400, 1.0) if keys else 0.0


def _last_minute(requests: Sequence[RequestRecord]) -> int:
    """The minute of the last request: traffic without samples is a gap, too."""
    return int(max((request.opened_at for request in requests), default=0.0) // 60)


def _coverage(minutes: Sequence[Minute], scope: Scope, until: int) -> tuple[int, int]:
    """Minutes that should have samples, and those that have; `until` is the last minute with traffic."""
    runs = runs_of(minutes) if scope.environment == "rehearsal" else [list(minutes)]
    spans = [{minute.minute for minute in run} for run in runs if run]
    ends = [max(span) for span in spans]
    if ends:
        ends[-1] = max(ends[-1], until)
    total = sum(end - min(span) + 1 for span, end in zip(spans, ends, strict=True))
    return total, sum(len(span) for span in spans)


def _ceiling(objective: str, target: float, value: float | None) -> Burn:
    return Burn(objective, target, value, None if value is None else value / target if target else math.inf)


def _floor(objective: str, target: float, value: float | None) -> Burn:
    return Burn(
        objective, target, value, None if value is None else target / value if value else float(target > 0)
    )


def _cpu_shares(minutes: Sequence[Minute]) -> list[float]:
    pairs = itertools.pairwise(minutes)
    return [(b.cpu_s - a.cpu_s) / 60.0 / max(b.minute - a.minute, 1) for a, b in pairs if a.run == b.run]


def _growth(values: Sequence[float]) -> float:
    return max(values) - min(values) if values else 0.0
