"""Cases of judges over drills: met, unmet, and too little seen."""

from __future__ import annotations

from typing import Any

from colonnade.drills.quantiles import Quantile
from colonnade.operations.evidence import RunbookDrill, RunbookRun
from colonnade.operations.practices import incidents
from colonnade.reliability.evidence import (
    FailoverDrill,
    FaultClasses,
    FaultOutcome,
    KillDrill,
    LoadDrill,
    Loss,
    Recovered,
    Step,
    UpstreamFaultDrill,
    UpstreamRetries,
)
from colonnade.reliability.practices import exercised, experiments
from colonnade.workload.sections.promises import Sampling

SAMPLING = Sampling(zero_tolerance_claim=0.9, minimum_n=20, window_hours=1, coverage_minutes=3)
PASS, FAIL, INSUFFICIENT = "pass", "fail", "insufficient"


def failover(answered: int = 450, *, seen: bool = True) -> FailoverDrill:
    loss = Loss(
        kind="upstream", name="here", zone="north", routes=["answer"], verdict="passed", witnessed=seen,
        reason="seen", sent=450, answered=answered, shift_s=0.2, back_s=1.0,
    )  # fmt: skip
    return FailoverDrill(losses=[loss], standing_by=[], availability=0.99)


def killed(*hows: str, recovered: float | None = 5.0, lost: int = 0, seen: bool = True) -> KillDrill:
    outcomes = [
        Recovered(
            component="gateway", how=how, verdict="passed", witnessed=seen, reason="gone", recovered_s=recovered,
            sent=10, answered=8, lost=lost,
        )
        for how in hows
    ]  # fmt: skip
    return KillDrill(outcomes=outcomes, auto_s=30.0)


ALL_WAYS = ("kill", "hang", "starve")


def fault(kind: str, verdict: str = "passed", *, seen: bool = True) -> FaultOutcome:
    return FaultOutcome(
        fault=kind, kind=kind, contained="left_alone", upstream="here", route="answer", verdict=verdict,
        witnessed=seen, reason="seen", sent=10, answered=8, told=2, by_others=6, charged_twice=0, opened_s=0.5,
        closed_s=1.0,
    )  # fmt: skip


def faults(*cases: FaultOutcome, retries: int = 3) -> UpstreamFaultDrill:
    used = UpstreamRetries(upstream="here", calls=50, retries=retries, allowed=10.0)
    return UpstreamFaultDrill(cases=list(cases), retries=[used], without_fallback=["free"])


CONTAINED = tuple(fault(kind) for kind in exercised.KINDS)


def classes(*missing: str, unfounded: tuple[str, ...] = ()) -> FaultClasses:
    found = {name: 2 for name in experiments.REQUIRED if name not in missing}
    return FaultClasses(classes=found, experiments=12, failed=1, unfounded=list(unfounded), days=30.0)


def step(
    per_s: float = 7.5, *, within: bool = True, sent: int = 40, p95: float = 200.0, carried: float = 7.4
) -> Step:
    whole = {"p95": Quantile(p95, p95 * 0.95, p95 * 1.05)}
    return Step(
        offered_per_s=per_s, seconds=5.0, sent=sent, answered=sent, refused={}, failed=0, carried_per_s=carried,
        good_per_s=carried, first_byte_ms={}, between_tokens_ms={}, whole_ms=whole, tokens_out_per_s=100.0,
        tokens_in_per_s=200.0, usd_per_answer=0.0, whole=sent, upstream_p95_ms=20.0, gateway_cores=0.2,
        generator_cores=0.1, machine_share=0.3, memory_share=0.2, generator_late_ms=1.0, within=within,
    )  # fmt: skip


def load(
    *steps: Step, beyond: float = 1.5, limit: str = "the gateway's processor: 0.97 cores", **fields: Any
) -> LoadDrill:
    gave = next((each.offered_per_s for each in steps if not each.within), None)
    known: dict[str, Any] = {"before": None, "peak": 0, **fields}
    return LoadDrill(
        profile="p", route="answer", expected_per_s=5.0, beyond=beyond, steps=list(steps), held_per_s=7.5,
        saturated_per_s=gave, limit=limit, tolerance=0.3, **known,
    )  # fmt: skip


def executed(*failed: str) -> RunbookDrill:
    runs = [
        RunbookRun(name=f"book-{number}", commands=2, done=0 if problem else 2, seconds=3.0, failed=problem)
        for number, problem in enumerate(failed)
    ]
    return RunbookDrill(runs=runs)


GAVE = step(60.0, within=False)
BEFORE = {"carried_per_s": 7.4, "p95_ms": 190.0, "held_per_s": 7.5}

DRILL_CASES = [
    (exercised.losses_were_not_felt, (failover(), SAMPLING), PASS),
    (exercised.losses_were_not_felt, (failover(430), SAMPLING), FAIL),
    (exercised.losses_were_not_felt, (failover(444), SAMPLING), INSUFFICIENT),
    (exercised.losses_were_not_felt, (failover(seen=False), SAMPLING), INSUFFICIENT),
    (
        exercised.losses_were_not_felt,
        (FailoverDrill(losses=[], standing_by=[], availability=0.99), SAMPLING),
        INSUFFICIENT,
    ),
    (exercised.components_came_back_by_themselves, (killed(*ALL_WAYS),), PASS),
    (exercised.components_came_back_by_themselves, (killed(*ALL_WAYS, recovered=30.0),), PASS),
    (exercised.components_came_back_by_themselves, (killed(*ALL_WAYS, recovered=30.1),), FAIL),
    (exercised.components_came_back_by_themselves, (killed(*ALL_WAYS, recovered=None),), FAIL),
    (exercised.components_came_back_by_themselves, (killed(*ALL_WAYS, lost=1),), FAIL),
    (exercised.components_came_back_by_themselves, (killed("kill", "hang"),), INSUFFICIENT),
    (exercised.components_came_back_by_themselves, (killed(*ALL_WAYS, seen=False),), INSUFFICIENT),
    (exercised.faults_of_upstreams_were_contained, (faults(*CONTAINED),), PASS),
    (exercised.faults_of_upstreams_were_contained, (faults(*CONTAINED, fault("5xx", "failed")),), FAIL),
    (exercised.faults_of_upstreams_were_contained, (faults(*CONTAINED, retries=11),), FAIL),
    (exercised.faults_of_upstreams_were_contained, (faults(*CONTAINED[1:]),), INSUFFICIENT),
    (
        exercised.faults_of_upstreams_were_contained,
        (faults(*CONTAINED[1:], fault("429", "void", seen=False)),),
        INSUFFICIENT,
    ),
    (experiments.every_class_of_fault_was_injected, (classes(),), PASS),
    (experiments.every_class_of_fault_was_injected, (classes(unfounded=("kill gateway",)),), FAIL),
    (experiments.every_class_of_fault_was_injected, (classes("store_loss"),), INSUFFICIENT),
    (experiments.behaviour_at_peak_is_known, (load(step(), GAVE), SAMPLING), PASS),
    (experiments.behaviour_at_peak_is_known, (load(step(), GAVE, beyond=1.4), SAMPLING), FAIL),
    (experiments.behaviour_at_peak_is_known, (load(step(7.0), GAVE), SAMPLING), FAIL),
    (experiments.behaviour_at_peak_is_known, (load(step(within=False)), SAMPLING), FAIL),
    (experiments.behaviour_at_peak_is_known, (load(step(), step(60.0)), SAMPLING), INSUFFICIENT),
    (
        experiments.behaviour_at_peak_is_known,
        (load(step(), GAVE, limit="the load generator: 0.99 cores"), SAMPLING),
        INSUFFICIENT,
    ),
    (experiments.behaviour_at_peak_is_known, (load(step(sent=19), GAVE), SAMPLING), INSUFFICIENT),
    (incidents.every_runbook_was_executed, (executed("", ""),), PASS),
    (incidents.every_runbook_was_executed, (executed("", "colonnade check: exit code 2"),), FAIL),
    (incidents.every_runbook_was_executed, (executed("it binds no command"),), FAIL),
    (incidents.every_runbook_was_executed, (executed(),), INSUFFICIENT),
    (experiments.it_is_no_worse_than_before, (load(step(), before=BEFORE),), PASS),
    (experiments.it_is_no_worse_than_before, (load(step(p95=247.0 / 0.95), before=BEFORE),), PASS),
    (experiments.it_is_no_worse_than_before, (load(step(p95=248.0 / 0.95), before=BEFORE),), FAIL),
    (experiments.it_is_no_worse_than_before, (load(step(carried=5.0), before=BEFORE),), FAIL),
    (experiments.it_is_no_worse_than_before, (load(step()),), INSUFFICIENT),
]
