"""The judges of decisions and pipelines on views built by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from colonnade.cost.practices import sizing
from colonnade.evidence.imported.decided import (
    ActionState,
    BoardConditions,
    BreakEven,
    Choice,
    Choices,
    ConditionState,
    DisasterPlan,
    DisasterPlans,
    ExperimentRecord,
    Experiments,
    Incident,
    Incidents,
    Link,
    Mitigations,
    MitigationState,
    PrincipleRegister,
    PrincipleState,
    SelfRunComponent,
    SelfRunComponents,
    Sizings,
    SizingState,
    Standing,
    Weighed,
)
from colonnade.evidence.imported.infrastructure import Infrastructure, Resource, Source
from colonnade.evidence.imported.pipelines import Job, Pipelines, Tags, TagState
from colonnade.evidence.imported.reasons import BindingReason, BindingReasons
from colonnade.evidence.imported.releases import PipelineRun, PipelineRuns, Release, Releases
from colonnade.operations.practices import lessons, pipelines
from colonnade.performance.practices import components
from colonnade.reliability.practices import plans
from colonnade.responsibility.practices import governance
from colonnade.usecase.practices import decisions
from colonnade.workload import load

SPECIFICATION = load(Path(__file__).parents[1] / "fixtures" / "workloads" / "minimal").specification
RECOVERY = SPECIFICATION.recovery
PASS, FAIL, INSUFFICIENT = "pass", "fail", "insufficient"
KEPT = Standing(file="decisions/a.md", owner="Ada", date="2026-01-01", commit="c", review_by="2099-01-01")
LOOSE = msgspec.structs.replace(KEPT, commit="")
OVERDUE = msgspec.structs.replace(KEPT, overdue=True)


def weighed(standing: Standing = KEPT, **fields: Any) -> Choices:
    options = [Weighed(name=name, score=0.5, cost_usd=1.0, effort_days=2.0) for name in decisions.WEIGHED]
    known = {"options": options, "chosen": "stock", "trigger": "a better model", **fields}
    return Choices(choices=[Choice(kind="adaptation", standing=standing, **known)])


def commitment(standing: Standing = KEPT, use: float | None = 0.5, chosen: str = "none") -> Choices:
    even = None if use is None else BreakEven(committed_usd=60.0, on_demand_usd=100.0, expected_use=use)
    return Choices(choices=[Choice(kind="commitment", standing=standing, chosen=chosen, break_even=even)])


def action(*, late: bool = False, done: str = "2026-01-02") -> ActionState:
    return ActionState(owner="Ada", due="2026-01-03", done=done, late=late)


def incidents(**fields: Any) -> Incidents:
    known = {
        "standing": KEPT, "severity": 2, "reviewed": True, "days": 14, "timeline": 2, "cause": True,
        "actions": [action()], "regression": ["drill:kill"],
    }  # fmt: skip
    return Incidents(incidents=[Incident(**{**known, **fields})])


def experiments(*, failed: bool = True, actions: int = 1, standing: Standing = KEPT) -> Experiments:
    made = ExperimentRecord(drill="kill", failed=failed, standing=standing, actions=[action()] * actions)
    return Experiments(experiments=[made])


def plan(**fields: Any) -> DisasterPlans:
    known = {
        "standing": KEPT, "rto_s": RECOVERY.rto_s, "rpo_s": RECOVERY.rpo_s, "roles": ["leads"], "contacts": ["1"],
        "order": ["store"],
    }  # fmt: skip
    return DisasterPlans(plans=[DisasterPlan(**{**known, **fields})])


def sizings(*, late: bool = False, standing: Standing = KEPT) -> Sizings:
    state = SizingState(component="gateway", due="2026-01-01", closed="", late=late, standing=standing)
    return Sizings(sizings=[state])


def mitigations(technique: str = "prompt_change", standing: Standing = KEPT) -> Mitigations:
    return Mitigations(mitigations=[MitigationState(finding="f", technique=technique, standing=standing)])


def links(*live: bool | None) -> list[Link]:
    return [Link(name=f"policy:{number}", live=one) for number, one in enumerate(live)]


def principles(*live: bool | None) -> PrincipleRegister:
    return PrincipleRegister(principles=[PrincipleState(name="fair", links=links(*live))])


def board(closed: str, *live: bool | None) -> BoardConditions:
    condition = ConditionState(what="w", closed=closed, links=links(*live))
    return BoardConditions(decisions=1, conditions=[condition])


def inventory(run: str = "self", *, complete: bool = True) -> Infrastructure:
    source = Source(
        kind="terraform", origins=["plan"], files=["p"], digest="sha256:1", made_at=1.0, complete=complete
    )
    resource = Resource(
        name="aws_instance.a", type="aws_instance", source="terraform", origin="plan", run=run
    )
    return Infrastructure(sources=[source], resources=[resource])


def reasoned(standing: Standing = KEPT, component: str = "aws_instance.a") -> SelfRunComponents:
    return SelfRunComponents(
        components=[SelfRunComponent(component=component, reason="r", standing=standing)]
    )


ALL = ["code", "models", "prompts"]


def job(name: str, *stages: str, after: tuple[str, ...] = (), **fields: Any) -> Job:
    return Job(name=name, stages=list(stages), after=list(after), **{"started_by": ALL, **fields})


def pipeline(*jobs: Job) -> Pipelines:
    return Pipelines(jobs=list(jobs), files=["a.yml"], unread=[])


TESTS, GATE, UNDO = job("a/t", "test"), job("a/g", "evaluate"), job("a/u", "rollback")
SHIP = job("a/d", "deploy", "apply", after=("a/t", "a/g"))
GATED = pipeline(TESTS, GATE, SHIP, UNDO)


def runs(
    *, passed: bool | None = True, complete: bool = True, job: str = "", file: str = "a"
) -> PipelineRuns:
    run = PipelineRun(id="1", file=file, sha="c", ref="v1", at=1.0, passed=passed, job=job)
    return PipelineRuns(runs=[run], complete=complete)


def tags(commit: str = "c") -> Tags:
    return Tags(head="c", tags=[TagState(name="v1", commit=commit, signed=False)])


def releases(*, complete: bool = True, **fields: Any) -> Releases:
    known = {
        "id": "1", "environment": "production", "production": True, "sha": "c", "at": 1.0, "by": "bot",
        "by_pipeline": True, "run": "1", "passed": True,
    }  # fmt: skip
    return Releases(releases=[Release(**{**known, **fields})], complete=complete)


def bindings(signer: str) -> BindingReasons:
    return BindingReasons(bindings=[BindingReason(binding="m", commit="c", signer=signer)])


_WEIGHED, _SIGNED = decisions.adaptation_was_weighed, decisions.every_binding_has_a_signed_reason
_STUDIED, _LEARNT = lessons.grave_incidents_were_studied_in_time, lessons.lessons_became_tests
_FOLLOWED, _PLAN = plans.failed_experiments_are_followed_up, plans.the_plan_is_whole
_SIZES, _BOUGHT = sizing.no_recommendation_is_overdue, sizing.buying_nothing_was_calculated
_TECHNIQUE, _HELD = governance.every_finding_has_a_technique, governance.every_principle_is_held_by_something
_KEPT, _REASON = governance.conditions_are_closed_or_kept, components.what_is_run_by_oneself_has_a_reason
_TAGGED, _GATES = pipelines.what_was_applied_came_from_a_tag, pipelines.one_pipeline_gates_every_change
_PASSING, _BY = pipelines.every_release_points_to_a_passing_run, pipelines.only_the_pipeline_promotes
NOBODY = Releases(releases=[], complete=True)

REPOSITORY_CASES = [
    (_WEIGHED, (weighed(),), PASS),
    (_WEIGHED, (weighed(LOOSE),), FAIL),
    (_WEIGHED, (weighed(options=[]),), FAIL),
    (_WEIGHED, (weighed(trigger=""),), FAIL),
    (_WEIGHED, (weighed(chosen="another"),), FAIL),
    (_WEIGHED, (Choices(choices=[]),), FAIL),
    (_SIGNED, (bindings("ada"),), PASS),
    (_SIGNED, (bindings(""),), FAIL),
    (_SIGNED, (BindingReasons(bindings=[]),), INSUFFICIENT),
    (_STUDIED, (incidents(), SPECIFICATION), PASS),
    (_STUDIED, (incidents(days=15), SPECIFICATION), FAIL),
    (_STUDIED, (incidents(standing=LOOSE), SPECIFICATION), FAIL),
    (_STUDIED, (incidents(cause=False), SPECIFICATION), FAIL),
    (_STUDIED, (incidents(reviewed=False, days=15), SPECIFICATION), FAIL),
    (_STUDIED, (incidents(reviewed=False, days=14), SPECIFICATION), INSUFFICIENT),
    (_STUDIED, (incidents(severity=3), SPECIFICATION), INSUFFICIENT),
    (_STUDIED, (incidents(severity=3, drill="kill"), SPECIFICATION), PASS),
    (_LEARNT, (incidents(), SPECIFICATION), PASS),
    (_LEARNT, (incidents(actions=[action()] * 9 + [action(late=True)]), SPECIFICATION), PASS),
    (_LEARNT, (incidents(actions=[action()] * 8 + [action(late=True)]), SPECIFICATION), FAIL),
    (_LEARNT, (incidents(regression=[]), SPECIFICATION), FAIL),
    (_LEARNT, (incidents(actions=[action(done="")]), SPECIFICATION), INSUFFICIENT),
    (_LEARNT, (incidents(reviewed=False), SPECIFICATION), INSUFFICIENT),
    (_FOLLOWED, (experiments(),), PASS),
    (_FOLLOWED, (experiments(failed=False, actions=0),), PASS),
    (_FOLLOWED, (experiments(actions=0),), FAIL),
    (_FOLLOWED, (experiments(standing=LOOSE),), FAIL),
    (_FOLLOWED, (Experiments(experiments=[]),), INSUFFICIENT),
    (_PLAN, (plan(), SPECIFICATION), PASS),
    (_PLAN, (plan(rto_s=RECOVERY.rto_s + 1), SPECIFICATION), FAIL),
    (_PLAN, (plan(roles=[], contacts=[]), SPECIFICATION), FAIL),
    (_PLAN, (plan(order=[]), SPECIFICATION), FAIL),
    (_PLAN, (plan(standing=OVERDUE), SPECIFICATION), FAIL),
    (_PLAN, (DisasterPlans(plans=[]), SPECIFICATION), FAIL),
    (_SIZES, (sizings(),), PASS),
    (_SIZES, (sizings(late=True),), FAIL),
    (_SIZES, (sizings(standing=LOOSE),), FAIL),
    (_SIZES, (Sizings(sizings=[]),), INSUFFICIENT),
    (_BOUGHT, (commitment(use=0.59),), PASS),
    (_BOUGHT, (commitment(use=0.6),), FAIL),
    (_BOUGHT, (commitment(use=None),), FAIL),
    (_BOUGHT, (commitment(use=None, chosen="three years"),), PASS),
    (_BOUGHT, (commitment(LOOSE),), FAIL),
    (_BOUGHT, (Choices(choices=[]),), INSUFFICIENT),
    (_TECHNIQUE, (mitigations(),), PASS),
    (_TECHNIQUE, (mitigations(""),), FAIL),
    (_TECHNIQUE, (mitigations(standing=LOOSE),), FAIL),
    (_TECHNIQUE, (Mitigations(mitigations=[]),), INSUFFICIENT),
    (_HELD, (principles(False, True),), PASS),
    (_HELD, (principles(False),), FAIL),
    (_HELD, (principles(),), FAIL),
    (_HELD, (principles(False, None),), INSUFFICIENT),
    (_HELD, (PrincipleRegister(principles=[]),), FAIL),
    (_KEPT, (board("2026-01-01"),), PASS),
    (_KEPT, (board("", True),), PASS),
    (_KEPT, (board("", False),), FAIL),
    (_KEPT, (board("", None),), INSUFFICIENT),
    (_KEPT, (BoardConditions(decisions=0, conditions=[]),), INSUFFICIENT),
    (_REASON, (inventory(), reasoned()), PASS),
    (_REASON, (inventory(), reasoned(component="aws_instance")), PASS),
    (_REASON, (inventory("managed"), SelfRunComponents(components=[])), PASS),
    (_REASON, (inventory(), SelfRunComponents(components=[])), FAIL),
    (_REASON, (inventory(), reasoned(OVERDUE)), FAIL),
    (_REASON, (inventory(complete=False), reasoned()), INSUFFICIENT),
    (_TAGGED, (runs(), tags(), GATED), PASS),
    (_TAGGED, (runs(job="d"), tags(), GATED), PASS),
    (_TAGGED, (runs(), tags("other"), GATED), FAIL),
    (_TAGGED, (runs(passed=False), tags(), GATED), INSUFFICIENT),
    (_TAGGED, (runs(job="t"), tags(), GATED), INSUFFICIENT),
    (_TAGGED, (runs(file="b"), tags(), GATED), INSUFFICIENT),
    (_TAGGED, (runs(complete=False), tags(), GATED), INSUFFICIENT),
    (_TAGGED, (runs(), tags(), pipeline(TESTS)), INSUFFICIENT),
    (_GATES, (GATED,), PASS),
    (_GATES, (pipeline(job("a/d", "test", "evaluate", "deploy"), UNDO),), PASS),
    (_GATES, (pipeline(job("a/d", "deploy", "test", "evaluate"), UNDO),), FAIL),
    (_GATES, (pipeline(TESTS, GATE, SHIP),), FAIL),
    (_GATES, (pipeline(TESTS, job("a/g", "evaluate", gates=False), SHIP, UNDO),), FAIL),
    (_GATES, (pipeline(TESTS, job("a/g", "evaluate", started_by=["code"]), SHIP, UNDO),), FAIL),
    (_GATES, (pipeline(TESTS, GATE, UNDO, job("a/x", "deploy", production=False)),), FAIL),
    (_GATES, (pipeline(TESTS, GATE, SHIP, UNDO, job("a/x", "deploy", production=False)),), PASS),
    (_GATES, (pipeline(),), FAIL),
    (_GATES, (Pipelines(jobs=[], files=[], unread=["a.yml: not YAML"]),), INSUFFICIENT),
    (_PASSING, (releases(),), PASS),
    (_PASSING, (releases(passed=False),), FAIL),
    (_PASSING, (releases(failing_tests=1),), FAIL),
    (_PASSING, (releases(passed=None),), INSUFFICIENT),
    (_PASSING, (releases(run=""),), INSUFFICIENT),
    (_PASSING, (releases(complete=False),), INSUFFICIENT),
    (_PASSING, (releases(production=False),), INSUFFICIENT),
    (_BY, (releases(),), PASS),
    (_BY, (releases(by_pipeline=False),), FAIL),
    (_BY, (NOBODY,), INSUFFICIENT),
]
