"""Declared limits resolve to policies of the gateway that serves, and what breaks one is refused by it."""

from __future__ import annotations

import re
import shutil
from typing import Any

import pytest
from observed import SCOPE, specification, view_of
from served import MINIMAL, Served

from colonnade.cost.ceiling import beyond_the_ceiling
from colonnade.errors import BudgetExceeded, FaultyWorkload
from colonnade.evidence.effective import GatewayConfiguration, RouteConfiguration
from colonnade.registry.folder import load_workload
from colonnade.usecase.collect import constraint_policies
from colonnade.usecase.constraining import UNKNOWN, Constrain
from colonnade.usecase.constraints import CEILING, REFUSED_WITH, RESIDENCY
from colonnade.usecase.drills import Breach, constraints, residency_breach
from colonnade.usecase.evidence import ConstraintBinding, ConstraintDrill, ConstraintPolicies
from colonnade.workload.specification import Specification

STAGES = ("identify", "journal", "budget", "constrain", "disclose")


def workload(**declared: Any) -> Specification:
    none = dict.fromkeys(("regimes", "budget_ceiling", "residency", "integrations"), "none")
    known = specification().model_dump()
    return Specification.model_validate({**known, "constraints": {**none, **declared}})


def route(disclosure: bool = True) -> RouteConfiguration:
    return RouteConfiguration(
        name="answer", endpoint="chat", binding="small", upstream="simulated", output_cap=1, timeout_s=1.0,
        cache="off", prompt="", prompt_version="", free_system_prompt=False, disclosure=disclosure,
        knowledge="handbook", unpriced="deny",
    )  # fmt: skip


def serving(*stages: str, **fields: Any) -> GatewayConfiguration:
    known: dict[str, Any] = {
        "stages": list(stages or STAGES), "routes": [route()], "listener": "", "listener_loopback": True,
        "content": "redacted", "redaction": ["email"], "sink": "ledger", "legal_minimum_days": 180,
        "retention_days": {"prompts": 30, "answers": 30, "requests": 400},
        "upstream_kinds": {"simulated": "simulator"},
    }  # fmt: skip
    return GatewayConfiguration(**{**known, **fields})


def bound(
    declared: dict[str, Any], configuration: GatewayConfiguration, **caps: float
) -> list[ConstraintBinding]:
    record = constraint_policies(workload(**declared), configuration, caps, SCOPE)
    return view_of(record, ConstraintPolicies).bindings


def test_where_nothing_is_declared_nothing_is_to_be_bound():
    assert bound({}, serving()) == []


@pytest.mark.parametrize(
    ("declared", "policies"),
    [
        ({"regimes": ["gdpr"]}, ["retention.prompts", "retention.answers", "redaction"]),
        ({"regimes": ["EU AI Act"]}, ["journal", "retention.six-months", "disclosure"]),
        ({"budget_ceiling": {"per_month_usd": 50}}, [CEILING]),
        ({"residency": ["local:SE"]}, [RESIDENCY]),
        ({"integrations": ["simulated"]}, ["upstream.simulated"]),
        ({"integrations": ["handbook"]}, ["knowledge.handbook"]),
        ({"integrations": ["api-keys"]}, ["identity"]),
    ],
)
def test_a_constraint_resolves_to_the_policies_that_enforce_it(declared, policies):
    [found] = bound(declared, serving(), month=50.0)
    assert (found.policies, found.missing, found.bound) == (policies, [], True)


@pytest.mark.parametrize(
    ("declared", "configuration", "missing"),
    [
        ({"regimes": ["gdpr"]}, serving(redaction=[]), ["redaction"]),
        ({"regimes": ["gdpr"]}, serving(retention_days={}), ["retention.prompts", "retention.answers"]),
        ({"regimes": ["eu_ai_act"]}, serving(routes=[route(disclosure=False)]), ["disclosure"]),
        ({"regimes": ["eu_ai_act"]}, serving(retention_days={"requests": 90}), ["retention.six-months"]),
        ({"regimes": ["eu_ai_act"]}, serving("identify"), ["journal"]),
        ({"regimes": ["soc-2"]}, serving("journal"), ["identity"]),
        ({"regimes": ["the_law_of_the_sea"]}, serving(), []),
        ({"budget_ceiling": {"per_month_usd": 50}}, serving("journal"), []),
        ({"budget_ceiling": {"per_month_usd": 49}}, serving(), []),
        ({"residency": ["local:SE"]}, serving("budget"), []),
        ({"integrations": ["the_old_mainframe"]}, serving(), []),
        ({"integrations": ["identity"]}, serving("journal"), []),
    ],
)
def test_a_constraint_without_its_policy_is_a_finding(declared, configuration, missing):
    [found] = bound(declared, configuration, month=50.0)
    assert not found.bound
    assert found.missing == missing


def test_digests_alone_are_minimised_without_redaction():
    [found] = bound({"regimes": ["gdpr"]}, serving(content="digest", redaction=[]))
    assert found.bound


async def test_a_target_outside_the_residency_is_refused_before_it_is_asked():
    served = Served(Constrain({"simulated": "us-east1"}))
    heard = await served.ask()
    error = heard.json["error"]
    assert (heard.status, error["code"], served.asked) == (403, "residency_refused", 0)
    assert RESIDENCY in error["message"]
    assert "us-east1" in error["message"]
    assert served.call.decisions[-1].what == f"refused: simulated is in us-east1; policy {RESIDENCY}"


async def test_a_target_within_the_residency_is_asked():
    served = Served(Constrain({"elsewhere": "us-east1"}))
    assert (await served.ask()).status == 200


def test_the_stage_is_not_there_where_data_may_be_processed_anywhere():
    assert Constrain.of(workload()) is None


@pytest.mark.parametrize(
    ("fields", "outside"),
    [
        ({"kind": "simulator", "region": "local:SE"}, {}),
        ({"kind": "simulator"}, {}),  # runs where the workload runs
        ({"kind": "simulator", "region": "us-east1"}, {"simulated": "us-east1"}),
        ({"kind": "anthropic", "base_url": "https://models.example.org"}, {"simulated": UNKNOWN}),
    ],
)
def test_an_upstream_is_outside_unless_its_region_is_known_to_be_allowed(fields, outside):
    known = workload(residency=["local:SE"]).model_dump()
    declared = Specification.model_validate({**known, "upstreams": {"simulated": fields}})
    stage = Constrain.of(declared)
    assert stage is not None
    assert stage.outside == outside


async def test_the_drill_breaks_every_constraint_that_requests_can_break():
    declared = workload(residency=["local:SE"], budget_ceiling={"per_month_usd": 50})
    residency = residency_breach(declared, enforced=True)
    assert residency is not None
    breaches = [residency, Breach(CEILING, False, lambda: beyond_the_ceiling(50.0))]
    found = view_of(await constraints(breaches, SCOPE), ConstraintDrill).broken
    assert [(it.policy, it.enforced, it.refused_with) for it in found] == [
        (RESIDENCY, True, "residency_refused"),
        (CEILING, False, "budget_exceeded"),
    ]
    assert {it.policy: it.refused_with for it in found} == dict(REFUSED_WITH)


async def test_a_breach_that_is_let_through_is_seen():
    async def passes() -> None:
        return None

    [found] = view_of(await constraints([Breach(CEILING, True, passes)], SCOPE), ConstraintDrill).broken
    assert found.refused_with == ""


def test_no_breach_of_a_residency_that_is_not_declared():
    assert residency_breach(workload(), enforced=True) is None


async def test_the_ceiling_refuses_what_would_go_beyond_it():
    with pytest.raises(BudgetExceeded):
        await beyond_the_ceiling(0.5)


@pytest.mark.parametrize("kind", ["openai_compatible", "anthropic"])
def test_an_upstream_on_the_web_without_a_region_does_not_even_load(kind, tmp_path):
    shutil.copytree(MINIMAL, tmp_path / "w")
    file = tmp_path / "w" / "workload.yaml"
    text = file.read_text(encoding="utf-8").replace("residency: none", 'residency: ["local:SE"]')
    text = re.sub(r"  simulated:\n    kind: simulator\n(    .*\n)*", _web(kind), text)
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FaultyWorkload) as faulty:
        load_workload(tmp_path / "w")
    assert any(
        "constraints.residency" in str(fault) and "region" in fault.where for fault in faulty.value.faults
    )


def _web(kind: str) -> str:
    return f"  simulated:\n    kind: {kind}\n    base_url: https://models.example.org/v1\n"
