"""Every judge on views built by hand: met, unmet, and at the edge."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from backup_cases import BACKUP_CASES
from drill_cases import DRILL_CASES
from infrastructure_cases import INFRASTRUCTURE_CASES
from money_cases import MONEY_CASES
from registry_cases import REGISTRY_CASES
from repository_cases import REPOSITORY_CASES
from score_cases import SCORE_CASES
from signed_cases import SIGNED_CASES

from colonnade.assembly.reviewing import judges
from colonnade.cost.evidence import (
    BindingLanes,
    BudgetConfiguration,
    BudgetDrill,
    LabelCoverage,
    LaneCost,
    LaneCosts,
    LaneUse,
)
from colonnade.cost.practices import allocation, budgets, lanes
from colonnade.evaluation.evidence import AnswerEvaluation, Interval
from colonnade.evidence.effective import (
    GatewayConfiguration,
    RouteConfiguration,
    TargetConfiguration,
    UpstreamConfiguration,
)
from colonnade.evidence.integrity import LedgerIntegrity
from colonnade.operations.evidence import (
    BindingTrail,
    Burn,
    CanaryRequest,
    HostSeries,
    ModelsSeen,
    ObjectiveBurns,
    PromptCommit,
    PromptCommits,
    PromptLint,
    RenderFailures,
    RequestRecords,
    Runbooks,
    RunbookState,
    ServiceSeries,
    SystemPrompts,
)
from colonnade.operations.practices import change_trail, incidents, monitoring, prompts
from colonnade.performance.evidence import (
    BatchLane,
    CacheIsolation,
    CacheReplay,
    CacheUse,
    OutputLengths,
    PromptSize,
    PromptSizes,
    SimilarUse,
)
from colonnade.performance.practices import batching, caching, tokens
from colonnade.reliability.evidence import (
    DataRollback,
    DataVersion,
    DataVersions,
    Retries,
    ServedFrom,
    TargetShare,
    TargetShares,
    UpstreamRetries,
)
from colonnade.reliability.practices import durability, redundancy
from colonnade.responsibility.evidence import (
    DisclosureDrill,
    DisclosureShare,
    ExplanationMethod,
    ExplanationShare,
    Reconstruction,
    Surface,
)
from colonnade.responsibility.practices import transparency
from colonnade.security.evidence import (
    AccessDrill,
    Attempt,
    KeyRegister,
    Lineage,
    ModelPins,
    Pin,
    SourceResolution,
    TamperDrill,
    TransportDrill,
    UpstreamUsage,
    VerifiedModels,
)
from colonnade.security.practices import data, models
from colonnade.sustainability.evidence import (
    CarbonByRegion,
    PermittedRegion,
    Placement,
    RegionUse,
    RetentionState,
)
from colonnade.sustainability.practices import geography, lifecycle
from colonnade.usecase.evidence import (
    BindingModalities,
    IndicatorReadings,
    IntentHistory,
    ModalityRegister,
    ModalityTraffic,
    Reading,
    RetrievalTraffic,
)
from colonnade.usecase.practices import approach, objectives
from colonnade.workload import load
from colonnade.workload.sections.promises import Sampling

SPECIFICATION = load(Path(__file__).parents[1] / "fixtures" / "workloads" / "minimal").specification
SAMPLING = Sampling(zero_tolerance_claim=0.9, minimum_n=20, window_hours=1, coverage_minutes=3)
PASS, FAIL, INSUFFICIENT = "pass", "fail", "insufficient"


def changed(section: str, **fields: object):
    """The specification with some fields of one section replaced."""
    part = getattr(SPECIFICATION, section).model_copy(update=fields)
    return SPECIFICATION.model_copy(update={section: part})


def configuration(**fields: object) -> GatewayConfiguration:
    route = RouteConfiguration(
        name="answer", endpoint="chat", binding="m", upstream="u", output_cap=64, timeout_s=9, cache="off",
        prompt="answer", prompt_version="sha256:1", free_system_prompt=False, disclosure=True, knowledge="",
        unpriced="deny",
    )  # fmt: skip
    known: dict[str, object] = {
        "stages": ["identify", "journal", "render", "cap"], "routes": [route], "listener": "127.0.0.1:1",
        "listener_loopback": True, "content": "redacted",
        "redaction": ["email"], "legal_minimum_days": 180, "sink": "ledger", "upstream_kinds": {"u": "simulator"},
        "retention_days": {"prompts": 30, "answers": 30, "requests": 400, "evidence": 400},
    }  # fmt: skip
    return GatewayConfiguration(**{**known, **fields})


def spread(looked_at_s: float = 5.0, retry_share: float = 0.2, **route: object) -> GatewayConfiguration:
    """A gateway with one route over two upstreams."""
    bounds = {"zone": "", "timeout_s": 60.0, "breaker_failures": 5, "breaker_open_s": 5.0, "concurrency": 64}
    upstreams = [
        UpstreamConfiguration(name=name, looked_at_s=looked_at_s, retry_share=retry_share, **bounds)
        for name in ("u", "v")
    ]
    targets = [
        TargetConfiguration(binding=f"m-{name}", upstream=name, weight=1.0, tier=0) for name in ("u", "v")
    ]
    [plain] = configuration().routes
    retried = {"targets": targets, "balance": "weighted", "attempts": 3, "retry_jitter_s": 0.1}
    routes = [msgspec.structs.replace(plain, **{**retried, **route})]
    return configuration(upstreams=upstreams, routes=routes)


def one_target(upstream: str = "u") -> list[TargetConfiguration]:
    return [TargetConfiguration(binding="m", upstream=upstream, weight=1.0, tier=0)]


def shares(asked: int, n: int = 100, wished: float = 0.5, to_sick: int = 0) -> TargetShares:
    share = TargetShare(route="answer", target="m", wished=wished, asked=asked, n=n)
    return TargetShares(shares=[share], attempts=n, to_sick=to_sick)


def retries(made: int, requests: int = 100, **fields: int) -> Retries:
    upstream = UpstreamRetries(upstream="u", calls=requests, retries=made, allowed=0.2 * requests)
    known = {"transitions": 3, "spared": 5, "unexplained": 0, **fields}
    return Retries(requests=requests, attempts=requests + made, upstreams=[upstream], **known)


def reading(value: float | None = 0.8, n: int = 30) -> Reading:
    return Reading(id="k", unit="ratio", value=value, n=n, baseline=0.0, target=0.7, direction="at_least")


def interval(low: float, value: float, high: float) -> Interval:
    return Interval(value, low, high, 40)


def evaluation(grounded: Interval, base: Interval | None, cited: Interval | None = None) -> AnswerEvaluation:
    good = interval(0.9, 0.95, 1.0)
    return AnswerEvaluation(
        dataset="d", dataset_digest="sha256:1", seed=1, answerable=40, unanswerable=10, overlap=good,
        groundedness=grounded, citation_precision=cited or good, refusal_recall=good, false_refusals=good,
        baseline_groundedness=base,
    )  # fmt: skip


def keys(**fields: float) -> KeyRegister:
    known = {"keys": 2, "without_role": 0, "without_expiry": 0, "unused_90_days": 0}
    ages = {"oldest_days": 1.0, "longest_term_days": 90.0, "store_key_days": 1.0}
    return KeyRegister(**{**known, **ages, **fields})


def knocks(
    cases=data.NEEDED_CASES, *, control: bool = True, refused: bool = True, off_network: bool | None = True
):
    attempts = [Attempt(case=case, surface="chat", status=401, refused=refused) for case in sorted(cases)]
    return AccessDrill(control_answered=control, attempts=attempts, off_network_refused=off_network)


def book(name: str, **fields: object) -> RunbookState:
    known = {"trigger": "alert", "owner": "team", "review_by": "2030-01-01", "steps": 3, "overdue": False}
    return RunbookState(name=name, **{**known, **fields})


def commit(**fields: object) -> PromptCommits:
    known = {"name": "answer", "version": "sha256:1", "commit": "c", "author": "a", "reviewers": ["b"]}
    return PromptCommits(prompts=[PromptCommit(**{**known, **fields})])


def cache_use(**fields: object) -> CacheUse:
    known = {
        "requests": 100,
        "hits": 40,
        "misses": 60,
        "bypassed": 0,
        "tokens_avoided": 900,
        "prefix_tokens": 0,
    }
    return CacheUse(**{**known, "aged": 30, "late": 0, **fields})


def compared(differed: int, held_out: int = 100) -> CacheUse:
    return cache_use(
        by_similarity=[SimilarUse(route="answer", hits=50, held_out=held_out, differed=differed)]
    )


def isolation(**fields: bool) -> CacheIsolation:
    known = {"was_cached": True, "second_tenant_missed": True, "invalidation_removed": True}
    return CacheIsolation(**{**known, "poisoned_refused": True, **fields})


def replay(**fields: bool) -> CacheReplay:
    known = {"first_reached_upstream": True, "same_body": True, "second_reached_upstream": False}
    return CacheReplay(**{**known, "changed_version_missed": True, **fields})


def lane(**fields: int) -> BatchLane:
    known = {"requests": 100, "rows": 40, "rows_with_wait": 40, "batches": 2}
    return BatchLane(**{**known, **fields}, mean_size=20.0, mean_wait_s=1.0, longest_wait_s=3.0)


def urgency(**fields: int) -> LaneUse:
    known = {"requests": 200, "labelled": 200, "deferrable": 100, "on_lane": 100, "rows": 200, "missed": 0}
    return LaneUse(**{**known, **fields})


def lane_costs(batch_usd: float, answers: int = 20) -> LaneCosts:
    on_lane = LaneCost(answers=answers, tokens=1000, usd=batch_usd)
    real_time = LaneCost(answers=30, tokens=2000, usd=0.02)
    return LaneCosts(bindings=[BindingLanes(binding="m", batch=on_lane, real_time=real_time)])


def surfaces(**fields: object) -> DisclosureDrill:
    seen = Surface(
        **{"surface": "chat, whole", "header": True, "notice": True, "notice_expected": True, **fields}
    )
    return DisclosureDrill(surfaces=[seen], media=[], media_marked=False)


def regions(current: str, *known: tuple[str, float | None]) -> Placement:
    permitted = [PermittedRegion(region=name, g_per_kwh=grams, year=2025) for name, grams in known]
    return Placement(current=current, permitted=permitted, table_source="t")


def carbon(estimated: int) -> CarbonByRegion:
    use = RegionUse(region="local:FR", tokens=1000, carbon_min_g=0.1, carbon_max_g=0.2)
    return CarbonByRegion(requests=30, estimated=estimated, regions=[use])


def output(**fields: int) -> OutputLengths:
    return OutputLengths(
        **{"requests": 40, "without_cap": 0, "over_cap": 0, "p95": 20, "truncated": 0, **fields}
    )


def burns(*values: float | None) -> ObjectiveBurns:
    return ObjectiveBurns(burns=[Burn(f"o{i}", 1.0, value, value) for i, value in enumerate(values)])


def service(minutes: int, covered: int, requests: int = 5) -> ServiceSeries:
    return ServiceSeries(
        minutes=minutes, covered=covered, requests=requests, errors=0, latency_p95_ms=1.0, requests_per_s=1.0,
        engagement=1.0,
    )  # fmt: skip


def hosts(minutes: int, covered: int) -> HostSeries:
    return HostSeries(
        minutes=minutes, covered=covered, instances=1, cpu_share_p95=0.1, rss_mb_max=9.0, net_kb=1.0
    )


def records(admitted: int, journaled: int, complete: int, total: int = 40) -> RequestRecords:
    return RequestRecords(
        admitted=admitted, journaled=journaled, records=total, complete=complete, guardrails_active=0
    )


def ledger(*, intact: bool = True, changes: int = 3, requests: int = 3) -> LedgerIntegrity:
    return LedgerIntegrity(
        entries=9, intact=intact, breaks=[] if intact else ["altered at 3: req-1"], checkpoints=1, changes=changes,
        requests=requests,
    )  # fmt: skip


def usage(counted: int, metered: int, unread: tuple[str, ...] = ()) -> UpstreamUsage:
    return UpstreamUsage(
        upstreams=["u"], unread=list(unread), upstream_requests=counted, metered_requests=metered
    )


def loaded(digest: str | None, **fields: int) -> VerifiedModels:
    known = {"answers": 0, "answers_of_another_model": 0, **fields}
    return VerifiedModels(loaded={"m": digest} if digest else {}, pinned={"m": "sha256:1"}, **known)


def register(*output_kinds: str) -> ModalityRegister:
    binding = BindingModalities(binding="m", purpose="text", input=["text"], output=list(output_kinds))
    return ModalityRegister(task_input=["text"], task_output=["text"], bindings=[binding])


def history(committed_at: float, first: float | None, *, committed: bool = True) -> IntentHistory:
    return IntentHistory(committed=committed, commit="abc", committed_at=committed_at, first_binding_at=first)


def versions(named: int, digest: str = "sha256:1") -> DataVersions:
    version = DataVersion(name="handbook", kind="index", digest=digest, versions=1)
    return DataVersions(
        versions=[version], answers=5, answers_naming_version=named, runs=1, runs_naming_version=1
    )


def rollback(forward: int, back: int) -> DataRollback:
    return DataRollback(queries=10, changed_forward=forward, same_after_rollback=back, seconds=1.0)


def seen(*names: str) -> ModelsSeen:
    return ModelsSeen(requests=30, seen=list(names), approved=["sha256:1"])


def lint(files: tuple[str, ...], faults: int = 0) -> PromptLint:
    return PromptLint(pipeline_files=list(files), runs_check=bool(files), prompts=2, faults=faults)


def page(**fields: bool) -> ExplanationMethod:
    return ExplanationMethod(
        path="explanations.md", **{"committed": True, "states_method": True, "states_limits": True, **fields}
    )


GROUNDED, BASE = interval(0.7, 0.8, 0.9), interval(0.1, 0.2, 0.3)
ALL_BOOKS = sorted(incidents.NEEDED)
NO_RENDER = configuration(stages=["identify"])
UNCAPPED = configuration(routes=[msgspec.structs.replace(configuration().routes[0], output_cap=0)])
POINTLESS = SPECIFICATION.model_copy(
    update={"kpis": [SPECIFICATION.kpis[0].model_copy(update={"target": SPECIFICATION.kpis[0].baseline})]}
)


def budget(**fields: object) -> BudgetConfiguration:
    return BudgetConfiguration(**{"caps": {"day": 2.0}, "thresholds": [0.5, 0.8], "receivers": 1, **fields})


def budget_drill(**fields: object) -> BudgetDrill:
    known = {
        "enforced": True, "thresholds": [0.5, 0.8], "heard": [0.5, 0.8, 1.0], "spent": 1.0, "refused": True,
        "beyond": False,
    }  # fmt: skip
    return BudgetDrill(**{**known, **fields})


CASES = [
    (objectives.intent_precedes_the_first_model, (history(1.0, 2.0),), PASS),
    (objectives.intent_precedes_the_first_model, (history(2.0, 2.0),), PASS),
    (objectives.intent_precedes_the_first_model, (history(3.0, 2.0),), FAIL),
    (objectives.intent_precedes_the_first_model, (history(1.0, 2.0, committed=False),), FAIL),
    (objectives.intent_precedes_the_first_model, (history(1.0, None),), INSUFFICIENT),
    (objectives.the_three_roles_are_named, (SPECIFICATION,), PASS),
    (
        objectives.the_three_roles_are_named,
        (SPECIFICATION.model_copy(update={"stakeholders": SPECIFICATION.stakeholders[:1]}),),
        FAIL,
    ),
    (objectives.every_indicator_is_complete, (SPECIFICATION,), PASS),
    (objectives.every_indicator_is_complete, (POINTLESS,), FAIL),
    (objectives.every_indicator_has_a_reading, (IndicatorReadings(readings=[reading()]),), PASS),
    (
        objectives.every_indicator_has_a_reading,
        (IndicatorReadings(readings=[reading(), reading(None, 0)]),),
        FAIL,
    ),
    (objectives.every_limit_is_stated, (SPECIFICATION,), PASS),
    (objectives.every_limit_is_stated, (changed("constraints", regimes=[]),), FAIL),
    (approach.bound_models_cover_the_task, (register("text"),), PASS),
    (approach.bound_models_cover_the_task, (register("image"),), FAIL),
    (
        approach.requests_have_the_declared_modality,
        (ModalityTraffic(requests=300, as_declared=300), SAMPLING),
        PASS,
    ),
    (
        approach.requests_have_the_declared_modality,
        (ModalityTraffic(requests=20, as_declared=20), SAMPLING),
        INSUFFICIENT,
    ),
    (
        approach.requests_have_the_declared_modality,
        (ModalityTraffic(requests=300, as_declared=250), SAMPLING),
        FAIL,
    ),
    (approach.grounding_was_decided, (SPECIFICATION,), PASS),
    (
        approach.grounding_was_decided,
        (changed("rag", enabled=not SPECIFICATION.rag.enabled),),
        FAIL,
    ),
    (
        approach.answers_carry_sources,
        (RetrievalTraffic(requests=80, with_sources=80, nothing_found=0), SPECIFICATION, SAMPLING),
        PASS,
    ),
    (
        approach.answers_carry_sources,
        (RetrievalTraffic(requests=80, with_sources=20, nothing_found=0), SPECIFICATION, SAMPLING),
        FAIL,
    ),
    (approach.answers_are_grounded, (evaluation(GROUNDED, BASE), SPECIFICATION), PASS),
    (approach.answers_are_grounded, (evaluation(GROUNDED, None), SPECIFICATION), INSUFFICIENT),
    (approach.answers_are_grounded, (evaluation(BASE, BASE), SPECIFICATION), FAIL),
    (approach.answers_are_grounded, (evaluation(GROUNDED, interval(0.6, 0.7, 0.8)), SPECIFICATION), FAIL),
    (approach.answers_are_grounded, (evaluation(interval(0.4, 0.6, 0.8), BASE), SPECIFICATION), INSUFFICIENT),
    (monitoring.service_is_measured_every_minute, (service(100, 99), SAMPLING), PASS),
    (monitoring.service_is_measured_every_minute, (service(100, 98), SAMPLING), FAIL),
    (monitoring.service_is_measured_every_minute, (service(2, 2), SAMPLING), INSUFFICIENT),
    (monitoring.service_is_measured_every_minute, (service(100, 100, 0), SAMPLING), INSUFFICIENT),
    (monitoring.every_objective_has_a_burn_rate, (burns(0.5, 2.0),), PASS),
    (monitoring.every_objective_has_a_burn_rate, (burns(0.5, None),), FAIL),
    (monitoring.hosts_are_measured_every_minute, (hosts(20, 19), SAMPLING), PASS),
    (monitoring.hosts_are_measured_every_minute, (hosts(20, 18), SAMPLING), FAIL),
    (monitoring.every_request_leaves_one_record, (records(40, 40, 40), SAMPLING), PASS),
    (monitoring.every_request_leaves_one_record, (records(40, 39, 40), SAMPLING), FAIL),
    (monitoring.every_request_leaves_one_record, (records(40, 40, 20), SAMPLING), FAIL),
    (monitoring.every_request_leaves_one_record, (records(5, 5, 5, 5), SAMPLING), INSUFFICIENT),
    (monitoring.one_sink_with_redaction, (configuration(),), PASS),
    (monitoring.one_sink_with_redaction, (configuration(redaction=[]),), FAIL),
    (monitoring.one_sink_with_redaction, (configuration(stages=["identify"]),), FAIL),
    (
        monitoring.a_canary_request_was_found,
        (CanaryRequest(sent=True, found=True, complete=True, seconds=60.0),),
        PASS,
    ),
    (
        monitoring.a_canary_request_was_found,
        (CanaryRequest(sent=True, found=True, complete=True, seconds=60.1),),
        FAIL,
    ),
    (
        monitoring.a_canary_request_was_found,
        (CanaryRequest(sent=False, found=False, complete=False, seconds=0),),
        INSUFFICIENT,
    ),
    (
        incidents.the_common_failures_have_runbooks,
        (Runbooks(runbooks=[book(name) for name in ALL_BOOKS], covers=ALL_BOOKS),),
        PASS,
    ),
    (
        incidents.the_common_failures_have_runbooks,
        (Runbooks(runbooks=[book("one", overdue=True)], covers=ALL_BOOKS),),
        FAIL,
    ),
    (
        incidents.the_common_failures_have_runbooks,
        (Runbooks(runbooks=[book("one")], covers=ALL_BOOKS[:2]),),
        FAIL,
    ),
    (
        change_trail.every_binding_change_tells_its_story,
        (BindingTrail(changes=1, with_actor_time_reason=1, with_evaluation=1, with_approval=1),),
        PASS,
    ),
    (
        change_trail.every_binding_change_tells_its_story,
        (BindingTrail(changes=1, with_actor_time_reason=1, with_evaluation=0, with_approval=1),),
        FAIL,
    ),
    (change_trail.the_chain_verifies, (ledger(),), PASS),
    (change_trail.the_chain_verifies, (ledger(intact=False),), FAIL),
    (change_trail.the_chain_verifies, (ledger(changes=0),), INSUFFICIENT),
    (change_trail.only_approved_models_answer, (seen("sha256:1"), SAMPLING), PASS),
    (change_trail.only_approved_models_answer, (seen("sha256:1", "sha256:2"), SAMPLING), FAIL),
    (prompts.active_prompts_resolve_to_reviewed_commits, (commit(),), PASS),
    (prompts.active_prompts_resolve_to_reviewed_commits, (commit(reviewers=[]),), FAIL),
    (prompts.active_prompts_resolve_to_reviewed_commits, (commit(commit="", reviewers=[]),), FAIL),
    (
        prompts.no_unregistered_system_prompt_reached_a_model,
        (SystemPrompts(requests=30, unregistered=0), SAMPLING),
        PASS,
    ),
    (
        prompts.no_unregistered_system_prompt_reached_a_model,
        (SystemPrompts(requests=29, unregistered=0), SAMPLING),
        INSUFFICIENT,
    ),
    (
        prompts.no_unregistered_system_prompt_reached_a_model,
        (SystemPrompts(requests=3000, unregistered=1), SAMPLING),
        FAIL,
    ),
    (prompts.prompts_are_linted_on_every_commit, (lint((".ci/run",)),), PASS),
    (prompts.prompts_are_linted_on_every_commit, (lint(()),), FAIL),
    (prompts.prompts_are_linted_on_every_commit, (lint((".ci/run",), 1),), FAIL),
    (
        prompts.no_malformed_prompt_reached_a_model,
        (RenderFailures(rendered=30, refused=2, refused_but_reached_model=0), configuration(), SAMPLING),
        PASS,
    ),
    (
        prompts.no_malformed_prompt_reached_a_model,
        (RenderFailures(rendered=30, refused=2, refused_but_reached_model=1), configuration(), SAMPLING),
        FAIL,
    ),
    (
        prompts.no_malformed_prompt_reached_a_model,
        (RenderFailures(rendered=30, refused=2, refused_but_reached_model=0), NO_RENDER, SAMPLING),
        FAIL,
    ),
    (data.every_hop_speaks_tls, (TransportDrill(probed=2, tls_ok=2, in_clear=[]),), PASS),
    (data.every_hop_speaks_tls, (TransportDrill(probed=2, tls_ok=1, in_clear=["listener"]),), FAIL),
    (data.keys_are_young_enough, (keys(store_key_days=365.0),), PASS),
    (data.keys_are_young_enough, (keys(store_key_days=365.1),), FAIL),
    (data.grants_are_narrow, (keys(), configuration()), PASS),
    (data.grants_are_narrow, (keys(unused_90_days=1), configuration()), FAIL),
    (data.grants_are_narrow, (keys(), configuration(stages=[])), FAIL),
    (data.forbidden_paths_were_refused, (knocks(),), PASS),
    (data.forbidden_paths_were_refused, (knocks(refused=False),), FAIL),
    (data.forbidden_paths_were_refused, (knocks(control=False),), INSUFFICIENT),
    (data.forbidden_paths_were_refused, (knocks({"no key"}),), INSUFFICIENT),
    (data.every_index_has_a_lineage, (Lineage(indexes=1, documents=3, unresolved=[]),), PASS),
    (
        data.every_index_has_a_lineage,
        (Lineage(indexes=1, documents=3, unresolved=["handbook: licence"]),),
        FAIL,
    ),
    (data.sources_of_answers_resolve, (SourceResolution(answers=9, sources=30, resolved=30), SAMPLING), PASS),
    (data.sources_of_answers_resolve, (SourceResolution(answers=9, sources=30, resolved=29), SAMPLING), FAIL),
    (models.no_route_is_anonymous, (configuration(), keys()), PASS),
    (models.no_route_is_anonymous, (configuration(listener_loopback=False), keys()), FAIL),
    (models.no_route_is_anonymous, (configuration(stages=[]), keys()), FAIL),
    (models.strangers_were_refused, (knocks(),), PASS),
    (models.strangers_were_refused, (knocks(off_network=None),), INSUFFICIENT),
    (models.strangers_were_refused, (knocks(off_network=False),), FAIL),
    (models.nothing_bypasses_the_gateway, (usage(7, 7),), PASS),
    (models.nothing_bypasses_the_gateway, (usage(8, 7),), FAIL),
    (models.nothing_bypasses_the_gateway, (usage(7, 7, ("other",)),), INSUFFICIENT),
    (
        models.every_model_is_pinned,
        (ModelPins(pins=[Pin(binding="m", kind="embedded", pin="sha256:1")], with_history=1),),
        PASS,
    ),
    (
        models.every_model_is_pinned,
        (ModelPins(pins=[Pin(binding="m", kind="openai_compatible", pin="")], with_history=1),),
        FAIL,
    ),
    (
        models.every_model_is_pinned,
        (ModelPins(pins=[Pin(binding="m", kind="embedded", pin="sha256:1")], with_history=0),),
        FAIL,
    ),
    (models.weights_were_verified_at_load, (loaded("sha256:1"),), PASS),
    (models.weights_were_verified_at_load, (loaded("sha256:2"),), FAIL),
    (models.weights_were_verified_at_load, (loaded(None),), INSUFFICIENT),
    (
        models.weights_were_verified_at_load,
        (loaded("sha256:1", answers=3, answers_of_another_model=1),),
        FAIL,
    ),
    (
        models.an_altered_model_was_refused,
        (TamperDrill(artefact="m", original_accepted=True, altered_refused=True, message="no"),),
        PASS,
    ),
    (
        models.an_altered_model_was_refused,
        (TamperDrill(artefact="m", original_accepted=True, altered_refused=False, message=""),),
        FAIL,
    ),
    (
        models.an_altered_model_was_refused,
        (TamperDrill(artefact="m", original_accepted=False, altered_refused=True, message="no"),),
        INSUFFICIENT,
    ),
    (
        redundancy.traffic_was_served_from_two_places,
        (ServedFrom(upstreams={"u": 15, "v": 5}, zones={}), SAMPLING),
        PASS,
    ),
    (
        redundancy.traffic_was_served_from_two_places,
        (ServedFrom(upstreams={"u": 20}, zones={}), SAMPLING),
        FAIL,
    ),
    (
        redundancy.traffic_was_served_from_two_places,
        (ServedFrom(upstreams={"u": 9, "v": 9}, zones={}), SAMPLING),
        INSUFFICIENT,
    ),
    (redundancy.every_route_has_two_targets_that_are_looked_at, (spread(),), PASS),
    (redundancy.every_route_has_two_targets_that_are_looked_at, (spread(targets=one_target()),), FAIL),
    (redundancy.every_route_has_two_targets_that_are_looked_at, (spread(looked_at_s=0.0),), FAIL),
    (redundancy.traffic_is_shared_as_intended, (shares(53), SAMPLING), PASS),
    (redundancy.traffic_is_shared_as_intended, (shares(70), SAMPLING), FAIL),
    (redundancy.traffic_is_shared_as_intended, (shares(53, to_sick=1), SAMPLING), FAIL),
    (redundancy.traffic_is_shared_as_intended, (shares(0, wished=0.0), SAMPLING), FAIL),
    (redundancy.traffic_is_shared_as_intended, (shares(1, wished=0.0), SAMPLING), PASS),
    (redundancy.traffic_is_shared_as_intended, (shares(10, n=19), SAMPLING), INSUFFICIENT),
    (redundancy.calls_to_models_are_bounded, (spread(),), PASS),
    (redundancy.calls_to_models_are_bounded, (spread(retry_share=0.0),), FAIL),
    (redundancy.calls_to_models_are_bounded, (spread(attempts=1),), FAIL),
    (redundancy.calls_to_models_are_bounded, (spread(retry_jitter_s=0.0),), FAIL),
    (redundancy.calls_to_models_are_bounded, (spread(timeout_s=0.0),), FAIL),
    (redundancy.calls_to_models_are_bounded, (spread(targets=2 * one_target("v")),), FAIL),
    (redundancy.calls_to_models_are_bounded, (configuration(),), FAIL),
    (redundancy.attempts_stay_within_the_retry_budget, (retries(20), SAMPLING), PASS),
    (redundancy.attempts_stay_within_the_retry_budget, (retries(21), SAMPLING), FAIL),
    (redundancy.attempts_stay_within_the_retry_budget, (retries(0, unexplained=1), SAMPLING), FAIL),
    (redundancy.attempts_stay_within_the_retry_budget, (retries(0, requests=19), SAMPLING), INSUFFICIENT),
    *BACKUP_CASES,
    *DRILL_CASES,
    *SCORE_CASES,
    *SIGNED_CASES,
    (durability.data_has_versions_that_answers_name, (versions(5),), PASS),
    (durability.data_has_versions_that_answers_name, (versions(4),), FAIL),
    (durability.data_has_versions_that_answers_name, (versions(5, ""),), FAIL),
    (durability.a_rollback_brought_results_back, (rollback(3, 10),), PASS),
    (durability.a_rollback_brought_results_back, (rollback(3, 9),), FAIL),
    (durability.a_rollback_brought_results_back, (rollback(0, 10),), INSUFFICIENT),
    (
        tokens.prompts_stay_within_their_budget,
        (PromptSizes(sizes=[PromptSize(prompt="answer", budget=100, n=20, p50=50, p95=100)]), SAMPLING),
        PASS,
    ),
    (
        tokens.prompts_stay_within_their_budget,
        (PromptSizes(sizes=[PromptSize(prompt="answer", budget=100, n=20, p50=50, p95=101)]), SAMPLING),
        FAIL,
    ),
    (
        tokens.prompts_stay_within_their_budget,
        (PromptSizes(sizes=[PromptSize(prompt="answer", budget=100, n=19, p50=50, p95=100)]), SAMPLING),
        INSUFFICIENT,
    ),
    (batching.the_batch_lane_is_recorded, (lane(), SAMPLING), PASS),
    (batching.the_batch_lane_is_recorded, (lane(rows_with_wait=39), SAMPLING), FAIL),
    (batching.the_batch_lane_is_recorded, (lane(rows=0, rows_with_wait=0), SAMPLING), INSUFFICIENT),
    (batching.the_batch_lane_is_recorded, (lane(rows=9, rows_with_wait=9), SAMPLING), INSUFFICIENT),
    (lanes.work_that_can_wait_runs_on_the_lane_in_time, (urgency(), SPECIFICATION, SAMPLING), PASS),
    (
        lanes.work_that_can_wait_runs_on_the_lane_in_time,
        (urgency(labelled=199), SPECIFICATION, SAMPLING),
        FAIL,
    ),
    (lanes.work_that_can_wait_runs_on_the_lane_in_time, (urgency(on_lane=70), SPECIFICATION, SAMPLING), FAIL),
    (
        lanes.work_that_can_wait_runs_on_the_lane_in_time,
        (urgency(on_lane=79), SPECIFICATION, SAMPLING),
        INSUFFICIENT,
    ),
    (lanes.work_that_can_wait_runs_on_the_lane_in_time, (urgency(missed=20), SPECIFICATION, SAMPLING), FAIL),
    (
        lanes.work_that_can_wait_runs_on_the_lane_in_time,
        (urgency(deferrable=0, on_lane=0), SPECIFICATION, SAMPLING),
        INSUFFICIENT,
    ),
    (lanes.the_lane_costs_no_more_than_real_time, (lane_costs(0.005), SAMPLING), PASS),
    (lanes.the_lane_costs_no_more_than_real_time, (lane_costs(0.01), SAMPLING), PASS),
    (lanes.the_lane_costs_no_more_than_real_time, (lane_costs(0.011), SAMPLING), FAIL),
    (lanes.the_lane_costs_no_more_than_real_time, (lane_costs(0.005, answers=19), SAMPLING), INSUFFICIENT),
    (lanes.the_lane_costs_no_more_than_real_time, (LaneCosts(bindings=[]), SAMPLING), INSUFFICIENT),
    (caching.cached_answers_save_and_are_fresh, (cache_use(), SPECIFICATION, SAMPLING), PASS),
    (caching.cached_answers_save_and_are_fresh, (cache_use(late=1), SPECIFICATION, SAMPLING), FAIL),
    (caching.cached_answers_save_and_are_fresh, (cache_use(aged=29), SPECIFICATION, SAMPLING), INSUFFICIENT),
    (caching.cached_answers_save_and_are_fresh, (cache_use(hits=0), SPECIFICATION, SAMPLING), INSUFFICIENT),
    (caching.cached_answers_save_and_are_fresh, (compared(5), SPECIFICATION, SAMPLING), PASS),
    (caching.cached_answers_save_and_are_fresh, (compared(20), SPECIFICATION, SAMPLING), FAIL),
    (caching.tenants_never_share_and_bad_entries_are_refused, (isolation(),), PASS),
    (caching.tenants_never_share_and_bad_entries_are_refused, (isolation(second_tenant_missed=False),), FAIL),
    (caching.tenants_never_share_and_bad_entries_are_refused, (isolation(invalidation_removed=False),), FAIL),
    (caching.tenants_never_share_and_bad_entries_are_refused, (isolation(poisoned_refused=False),), FAIL),
    (caching.tenants_never_share_and_bad_entries_are_refused, (isolation(was_cached=False),), INSUFFICIENT),
    (tokens.every_route_has_a_cap, (configuration(),), PASS),
    (tokens.every_route_has_a_cap, (UNCAPPED,), FAIL),
    (tokens.answers_stay_within_their_cap, (output(), SPECIFICATION, SAMPLING), PASS),
    (tokens.answers_stay_within_their_cap, (output(without_cap=1), SPECIFICATION, SAMPLING), FAIL),
    (tokens.answers_stay_within_their_cap, (output(over_cap=1), SPECIFICATION, SAMPLING), FAIL),
    (tokens.answers_stay_within_their_cap, (output(truncated=30), SPECIFICATION, SAMPLING), FAIL),
    (tokens.answers_stay_within_their_cap, (output(requests=5), SPECIFICATION, SAMPLING), INSUFFICIENT),
    (
        tokens.cache_ratios_are_recorded,
        (CacheUse(requests=4, hits=1, misses=3, bypassed=0, tokens_avoided=9, prefix_tokens=0),),
        PASS,
    ),
    (
        tokens.cache_ratios_are_recorded,
        (CacheUse(requests=0, hits=0, misses=0, bypassed=0, tokens_avoided=0, prefix_tokens=0),),
        FAIL,
    ),
    (
        tokens.cache_ratios_are_recorded,
        (cache_use(requests=0, hits=0, prefix_tokens=9, input_tokens=90),),
        PASS,
    ),
    (tokens.a_replay_was_not_paid_twice, (replay(),), PASS),
    (tokens.a_replay_was_not_paid_twice, (replay(second_reached_upstream=True),), FAIL),
    (tokens.a_replay_was_not_paid_twice, (replay(changed_version_missed=False),), FAIL),
    (tokens.a_replay_was_not_paid_twice, (replay(first_reached_upstream=False),), INSUFFICIENT),
    (budgets.a_budget_warns_and_stops, (budget(),), PASS),
    (budgets.a_budget_warns_and_stops, (budget(caps={}),), FAIL),
    (budgets.a_budget_warns_and_stops, (budget(thresholds=[0.5]),), FAIL),
    (budgets.a_budget_warns_and_stops, (budget(receivers=0),), FAIL),
    (budgets.spend_was_warned_of_and_stopped, (budget_drill(),), PASS),
    (budgets.spend_was_warned_of_and_stopped, (budget_drill(enforced=False),), FAIL),
    (budgets.spend_was_warned_of_and_stopped, (budget_drill(heard=[0.5, 1.0]),), FAIL),
    (budgets.spend_was_warned_of_and_stopped, (budget_drill(heard=[0.5, 0.8, 0.8, 1.0]),), FAIL),
    (budgets.spend_was_warned_of_and_stopped, (budget_drill(refused=False),), FAIL),
    (budgets.spend_was_warned_of_and_stopped, (budget_drill(beyond=True),), FAIL),
    (
        allocation.metered_requests_carry_labels,
        (LabelCoverage(requests=30, labelled=30, usd=1.0, usd_unallocated=0.0), SAMPLING),
        PASS,
    ),
    (
        allocation.metered_requests_carry_labels,
        (LabelCoverage(requests=30, labelled=29, usd=1.0, usd_unallocated=0.01), SAMPLING),
        FAIL,
    ),
    (
        allocation.metered_requests_carry_labels,
        (LabelCoverage(requests=30, labelled=30, usd=1.0, usd_unallocated=0.03), SAMPLING),
        FAIL,
    ),
    (geography.the_cleanest_permitted_region_is_used, (regions("a", ("a", 9.0), ("b", 99.0)),), PASS),
    (geography.the_cleanest_permitted_region_is_used, (regions("b", ("a", 9.0), ("b", 99.0)),), FAIL),
    (geography.the_cleanest_permitted_region_is_used, (regions("a", ("a", 9.0), ("b", None)),), INSUFFICIENT),
    (geography.carbon_is_recorded_by_region, (carbon(30), SAMPLING), PASS),
    (geography.carbon_is_recorded_by_region, (carbon(29), SAMPLING), FAIL),
    (lifecycle.every_class_has_a_limit, (configuration(),), PASS),
    (lifecycle.every_class_has_a_limit, (configuration(retention_days={"requests": 400}),), FAIL),
    (lifecycle.every_class_has_a_limit, (configuration(legal_minimum_days=401),), FAIL),
    (
        lifecycle.nothing_is_kept_beyond_its_limit,
        (RetentionState(ran=True, last_run_at=1.0, deleted=2, past_limit=0),),
        PASS,
    ),
    (
        lifecycle.nothing_is_kept_beyond_its_limit,
        (RetentionState(ran=True, last_run_at=1.0, deleted=2, past_limit=1),),
        FAIL,
    ),
    (
        lifecycle.nothing_is_kept_beyond_its_limit,
        (RetentionState(ran=False, last_run_at=0.0, deleted=0, past_limit=0),),
        INSUFFICIENT,
    ),
    (
        transparency.answers_have_an_explanation,
        (ExplanationShare(answers=80, explained=80), SPECIFICATION, SAMPLING),
        PASS,
    ),
    (
        transparency.answers_have_an_explanation,
        (ExplanationShare(answers=80, explained=40), SPECIFICATION, SAMPLING),
        FAIL,
    ),
    (transparency.citations_are_faithful, (evaluation(GROUNDED, BASE), SPECIFICATION), PASS),
    (transparency.citations_are_faithful, (evaluation(BASE, BASE), SPECIFICATION), FAIL),
    (
        transparency.citations_are_faithful,
        (evaluation(interval(0.4, 0.6, 0.8), BASE), SPECIFICATION),
        INSUFFICIENT,
    ),
    (transparency.the_method_is_documented, (page(),), PASS),
    (transparency.the_method_is_documented, (page(states_limits=False),), FAIL),
    (transparency.every_session_was_told, (DisclosureShare(sessions=30, disclosed=30), SAMPLING), PASS),
    (transparency.every_session_was_told, (DisclosureShare(sessions=30, disclosed=29), SAMPLING), FAIL),
    (transparency.clients_saw_the_notice, (surfaces(),), PASS),
    (transparency.clients_saw_the_notice, (surfaces(notice=False),), FAIL),
    (transparency.clients_saw_the_notice, (surfaces(header=False),), FAIL),
    (transparency.the_chain_has_no_gaps, (ledger(),), PASS),
    (transparency.the_chain_has_no_gaps, (ledger(intact=False),), FAIL),
    (transparency.the_chain_has_no_gaps, (ledger(requests=0),), INSUFFICIENT),
    (
        transparency.random_requests_were_reconstructed,
        (Reconstruction(seed=1, sampled=30, whole=30, missing=[]), SAMPLING),
        PASS,
    ),
    (
        transparency.random_requests_were_reconstructed,
        (Reconstruction(seed=1, sampled=30, whole=29, missing=["req-1: which model"]), SAMPLING),
        FAIL,
    ),
    (transparency.records_are_kept_long_enough, (configuration(),), PASS),
    (transparency.records_are_kept_long_enough, (configuration(legal_minimum_days=401),), FAIL),
    *MONEY_CASES,
    *REGISTRY_CASES,
    *REPOSITORY_CASES,
    *INFRASTRUCTURE_CASES,
]


@pytest.mark.parametrize(
    ("judge", "arguments", "expected"),
    CASES,
    ids=[f"{judge.__name__}-{outcome}" for judge, _, outcome in CASES],
)
def test_judge(judge, arguments, expected):
    verdict = judge(*arguments)
    assert verdict.outcome == expected, verdict.reason
    assert verdict.reason


def test_every_judge_has_a_case_that_passes_and_one_that_fails():
    outcomes: dict[str, set[str]] = {}
    for judge, _, outcome in CASES:
        outcomes.setdefault(judge.__name__, set()).add(outcome)
    known = {judge.function.__name__ for judge in judges()}
    assert {name for name in known if not {PASS, FAIL} <= outcomes.get(name, set())} == set()
