"""What collectors of step 2 read from requests, minutes and changes."""

from __future__ import annotations

import math

import msgspec
import pytest
from observed import NOW, SCOPE, asked, bound, refused, specification, view_of

from colonnade.evidence.collection import Scope
from colonnade.evidence.minutes import Minute, minutes_of
from colonnade.operations import collect
from colonnade.operations.evidence import (
    BindingTrail,
    HostSeries,
    ModelsSeen,
    ObjectiveBurns,
    RenderFailures,
    RequestRecords,
    ServiceSeries,
    SystemPrompts,
)

M = int(NOW // 60)
PRODUCTION = Scope("production", SCOPE.subject, SCOPE.window_start, SCOPE.window_end)


def sampled(minute: int, run: str = "one", **fields: float) -> Minute:
    known = {"admitted": 0, "journaled": 0, "answered": 0, "failed": 0, "render_failures": 0, "cache_hits": 0}
    used = {"in_flight": 0, "cpu_s": 1.0, "rss_mb": 80.0, "net_kb": 10.0}
    return Minute(run=run, minute=minute, **{**known, **used, **fields})


def series(minutes, requests, scope=SCOPE) -> ServiceSeries:
    return msgspec.convert(collect.service_series(minutes, requests, scope).facts, ServiceSeries)


def test_coverage_counts_minutes_between_first_and_last_sample():
    found = series([sampled(M - 9), sampled(M - 8), sampled(M)], [])
    assert (found.minutes, found.covered) == (10, 3)


def test_two_samples_of_one_minute_cover_it_once():
    found = series([sampled(M), sampled(M)], [])
    assert (found.minutes, found.covered) == (1, 1)


def test_traffic_after_the_last_sample_is_a_gap():
    found = series([sampled(M - 5)], [asked(opened_at=NOW)])
    assert (found.minutes, found.covered) == (6, 1)


def test_no_sample_at_all_covers_nothing():
    found = series([], [asked()])
    assert (found.minutes, found.covered) == (0, 0)


def test_a_pause_between_two_runs_counts_in_production_and_not_in_a_rehearsal():
    minutes = [sampled(M - 30, "one"), sampled(M, "two")]
    assert (series(minutes, [], SCOPE).minutes, series(minutes, [], SCOPE).covered) == (2, 2)
    assert collect.service_series(minutes, [], PRODUCTION).facts["minutes"] == 31


def test_a_gap_within_a_run_counts_in_a_rehearsal_too():
    found = series([sampled(M - 30, "one"), sampled(M - 9, "two"), sampled(M, "two")], [])
    assert (found.minutes, found.covered) == (11, 3)


def test_readings_are_of_the_requests():
    requests = [asked(latency_ms=float(n)) for n in range(1, 101)]
    requests.append(asked(outcome="failed", status=502, latency_ms=9999.0))
    found = series([sampled(M - 1), sampled(M)], requests)
    assert (found.requests, found.errors, found.latency_p95_ms) == (101, 1, 95.0)
    assert found.requests_per_s == pytest.approx(101 / 120)


def test_engagement_is_per_key_and_day():
    requests = [asked(key_id=key) for key in ("a", "a", "b")]
    assert collect.engagement(requests, 2 * 86_400) == pytest.approx(3 / 2 / 2)
    assert collect.engagement(requests, 60) == pytest.approx(1.5), "less than a day counts as a day"
    assert collect.engagement([], 60) == 0.0


def test_every_objective_has_a_burn_rate_once_there_is_traffic():
    record = collect.objective_burns(specification(), series([sampled(M)], [asked()]), SCOPE)
    burns = {burn.objective: burn for burn in view_of(record, ObjectiveBurns).burns}
    assert burns["latency_p95_ms"].burn == pytest.approx(100.0 / 5000.0)
    assert burns["error_ratio_max"].burn == 0.0
    assert all(burn.burn is not None for burn in burns.values())


def test_an_objective_without_a_reading_has_no_burn_rate():
    record = collect.objective_burns(specification(), series([], []), SCOPE)
    assert all(burn.burn is None for burn in view_of(record, ObjectiveBurns).burns)


def test_an_objective_of_zero_is_burnt_at_once():
    spec = specification()
    strict = spec.model_copy(update={"slo": spec.slo.model_copy(update={"error_ratio_max": 0.0})})
    found = series([sampled(M)], [asked(outcome="failed")])
    burns = collect.objective_burns(strict, found, SCOPE).facts["burns"]
    assert next(burn["burn"] for burn in burns if burn["objective"] == "error_ratio_max") == math.inf


def test_hosts_without_a_reading_are_not_covered():
    found = view_of(collect.host_series([sampled(M - 1), sampled(M, rss_mb=0.0)], SCOPE), HostSeries)
    assert (found.minutes, found.covered) == (1, 1)
    blind = view_of(collect.host_series([sampled(M, rss_mb=0.0)], SCOPE), HostSeries)
    assert (blind.minutes, blind.covered) == (0, 0)


def test_processor_and_network_are_differences_within_one_run():
    minutes = [
        sampled(M - 2, cpu_s=10.0, net_kb=5.0),
        sampled(M - 1, cpu_s=40.0, net_kb=9.0),
        sampled(M, "two", cpu_s=1.0, net_kb=1.0),
    ]
    found = view_of(collect.host_series(minutes, SCOPE), HostSeries)
    assert found.instances == 2
    assert found.cpu_share_p95 == pytest.approx(0.5)
    assert found.net_kb == pytest.approx(4.0)


def test_the_last_sample_of_each_run_tells_what_passed_the_door():
    minutes = [
        sampled(M - 1, admitted=5, journaled=5),
        sampled(M, admitted=9, journaled=8),
        sampled(M, "two", admitted=2, journaled=2),
    ]
    found = view_of(collect.request_records(minutes, [asked()], 3, SCOPE), RequestRecords)
    assert (found.admitted, found.journaled) == (11, 10)
    assert (found.records, found.complete, found.guardrails_active) == (1, 1, 3)


@pytest.mark.parametrize(
    "gap",
    [
        {"outcome": "interrupted"},
        {"decisions": []},
        {"prompt_digest": ""},
        {"answer_digest": ""},
        {"model": ""},
        {"answered_by": ""},
        {"prompt_version": ""},
    ],
)
def test_a_record_with_a_gap_is_not_complete(gap):
    assert collect.complete(asked())
    assert not collect.complete(asked(**gap))


def test_a_refusal_and_a_cached_answer_are_complete():
    assert collect.complete(refused("invalid_header", decisions=[]))
    assert collect.complete(asked(reached_upstream=False, answered_by="", cache="hit"))


def test_the_trail_counts_what_each_change_tells():
    changes = [bound(), bound(evaluation=""), bound(approval=""), bound(reason="")]
    found = view_of(collect.binding_trail(changes, SCOPE), BindingTrail)
    assert (found.changes, found.with_actor_time_reason) == (4, 3)
    assert (found.with_evaluation, found.with_approval) == (3, 3)


def test_models_are_known_by_their_pin_or_by_what_they_call_themselves():
    requests = [
        asked(model_pin="sha256:1"),
        asked(answered_by="other"),
        asked(outcome="failed", answered_by="x"),
    ]
    changes = [bound(after="sha256:1", details={"model": "simulated-small"})]
    found = view_of(collect.models_seen(requests, changes, SCOPE), ModelsSeen)
    assert found.seen == ["other", "sha256:1"]
    assert found.approved == ["sha256:1", "simulated-small"]
    assert found.requests == 2


def test_only_system_prompts_that_reached_a_model_count():
    requests = [
        asked(free_system_prompt=True),
        asked(),
        refused("system_prompt_refused", free_system_prompt=True),
        asked(endpoint="embeddings", free_system_prompt=True),
    ]
    found = view_of(collect.system_prompts(requests, SCOPE), SystemPrompts)
    assert (found.requests, found.unregistered) == (2, 1)


def test_a_refusal_to_fill_that_still_reached_a_model_is_seen():
    requests = [
        asked(),
        refused("prompt_variable_missing", prompt_name=""),
        refused("prompt_variable_unknown", prompt_name="", reached_upstream=True),
        refused("model_not_found", prompt_name=""),
    ]
    found = view_of(collect.render_failures(requests, SCOPE), RenderFailures)
    assert (found.rendered, found.refused, found.refused_but_reached_model) == (1, 2, 1)


def test_percentile_is_an_order_statistic():
    assert collect.percentile([], 0.95) is None
    assert collect.percentile([3.0], 0.95) == 3.0
    assert collect.percentile([float(n) for n in range(1, 21)], 0.95) == 19.0


def test_minutes_come_back_from_records_in_order():
    records = [
        SCOPE.record(sampled(minute), kind="telemetry", collector="t@1", n=1) for minute in (M, M - 2, M - 1)
    ]
    assert [minute.minute for minute in minutes_of(records)] == [M - 2, M - 1, M]
