"""Cases of judges over imported infrastructure: met, unmet, at the edge, and what cannot be told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from colonnade.cost.practices import capacity, tagging
from colonnade.evidence.imported.alerts import AlertRule, AlertRules
from colonnade.evidence.imported.infrastructure import Aspect, Infrastructure, Resource, Source
from colonnade.operations.practices import alerts
from colonnade.operations.practices import infrastructure as code
from colonnade.performance.practices import placement as performance
from colonnade.reliability.practices import placement as reliability
from colonnade.security.practices import encryption, segments
from colonnade.sustainability.practices import transfer
from colonnade.workload import load

SPECIFICATION = load(Path(__file__).parents[1] / "fixtures" / "workloads" / "imported").specification
PASS, FAIL, INSUFFICIENT = "pass", "fail", "insufficient"
TAGS = {"workload": "handbook", "env": "production", "Team": "library", "example.org/use-case": "questions"}
PRIVATE = Aspect("yes", "com.amazonaws.eu-central-1.bedrock-runtime")
REGION = "eu-central-1"


def part(name: str = "part", *, holds: str = "yes", aspect: str = "", **fields: Any) -> Resource:
    known: dict[str, Any] = {"name": name, "type": "a_type", "source": "terraform", "origin": "plan"}
    aspects = {aspect: Aspect(holds, "as seen")} if aspect else {}
    return Resource(**{**known, "aspects": aspects, **fields})


def seen(*resources: Resource, **fields: Any) -> Infrastructure:
    """What one plan told, compared with what lives."""
    known: dict[str, Any] = {
        "kind": "terraform", "origins": ["plan"], "files": ["plan.json"], "digest": "sha256:1", "made_at": 1.0,
        "compared": True, "inventoried": True,
    }  # fmt: skip
    return Infrastructure(sources=[Source(**{**known, **fields})], resources=list(resources))


def told(judge: Any, aspect: str, *more: Any) -> list[tuple[Any, tuple[Any, ...], str]]:
    """The cases of a judge that asks one aspect of everything that has it."""
    good, bad = part("good", aspect=aspect), part("bad", aspect=aspect, holds="no")
    unsettled = part("unsettled", aspect=aspect, holds="unknown")
    return [
        (judge, (seen(good, part("of no concern")), *more), PASS),
        (judge, (seen(good, bad), *more), FAIL),
        (judge, (seen(unsettled, bad), *more), FAIL),
        (judge, (seen(good, unsettled), *more), INSUFFICIENT),
        (judge, (seen(good, unclassified=["a_new_type"]), *more), INSUFFICIENT),
        (judge, (seen(good, complete=False), *more), INSUFFICIENT),
        (judge, (seen(part("of no concern")), *more), INSUFFICIENT),
    ]


def excepted(aspect: str, practice: str) -> Infrastructure:
    return seen(part(aspect=aspect, holds="no", exceptions={practice: "a reason"}))


def identities(*roles: str, **fields: Any) -> Infrastructure:
    people = part("operator", aspect="federated")
    return seen(people, *(part(f"part {n}", identity=role) for n, role in enumerate(roles)), **fields)


def network(*resources: Resource, path: Aspect = PRIVATE) -> Infrastructure:
    denied = part("group", aspects={"denied": Aspect("yes"), "closed": Aspect("yes")})
    return seen(denied, part("endpoint", aspects={"path": path}), *resources)


def together(app: str = REGION, data: str = REGION, **fields: Any) -> Infrastructure:
    return seen(part("app", tier="app", region=app), part("data", tier="data", region=data, **fields))


def with_placement(**fields: Any) -> Any:
    placement = SPECIFICATION.placement.model_copy(update=fields)
    return SPECIFICATION.model_copy(update={"placement": placement})


def elsewhere() -> Any:
    """The bought upstream answers somewhere else."""
    moved = SPECIFICATION.upstreams["bought"].model_copy(update={"region": "us-east-1"})
    return SPECIFICATION.model_copy(update={"upstreams": {**SPECIFICATION.upstreams, "bought": moved}})


def alone() -> Any:
    """Both upstreams share one zone."""
    one = {name: it.model_copy(update={"zone": "hall-1"}) for name, it in SPECIFICATION.upstreams.items()}
    return SPECIFICATION.model_copy(update={"upstreams": one})


def alerting(*left_out: str, read_back: bool = True, **fields: Any) -> AlertRules:
    """A rule for everything that must be watched."""
    known: dict[str, Any] = {"owner": "noor", "runbook": "runbooks/a.md"}
    watched = [each for each in (*alerts.NEEDED, "bias") if each not in left_out]
    rules = [AlertRule(name=each, watches=[each], **{**known, **fields}) for each in watched]
    return AlertRules(system="prometheus", read_back=read_back, rules=rules)


DOOR = part("door", endpoint=True, region=REGION)
LAMBDA = part("function", run="managed")

INFRASTRUCTURE_CASES = [
    (code.everything_that_lives_is_in_the_code, (seen(part()),), PASS),
    (code.everything_that_lives_is_in_the_code, (seen(part(), unmanaged=["bucket"]),), FAIL),
    (code.everything_that_lives_is_in_the_code, (seen(part(), inventoried=False),), INSUFFICIENT),
    (code.everything_that_lives_is_in_the_code, (seen(part(), unclassified=["x"]),), INSUFFICIENT),
    (code.code_and_reality_are_the_same, (seen(part()),), PASS),
    (code.code_and_reality_are_the_same, (seen(part(), differing=["a"], outside=["a"]),), FAIL),
    (code.code_and_reality_are_the_same, (seen(part(), compared=False),), INSUFFICIENT),
    (code.code_and_reality_are_the_same, (seen(part(), complete=False),), INSUFFICIENT),
    (alerts.anomalies_have_rules_with_owners_and_runbooks, (alerting(),), PASS),
    (alerts.anomalies_have_rules_with_owners_and_runbooks, (alerting("spend"),), FAIL),
    (alerts.anomalies_have_rules_with_owners_and_runbooks, (alerting(runbook=""),), FAIL),
    (alerts.anomalies_have_rules_with_owners_and_runbooks, (alerting(healthy=False),), FAIL),
    (alerts.anomalies_have_rules_with_owners_and_runbooks, (alerting(read_back=False),), INSUFFICIENT),
    (alerts.bias_has_an_alert_with_an_owner, (alerting(),), PASS),
    (alerts.bias_has_an_alert_with_an_owner, (alerting("bias"),), FAIL),
    (alerts.bias_has_an_alert_with_an_owner, (alerting(owner=""),), FAIL),
    (alerts.bias_has_an_alert_with_an_owner, (alerting(read_back=False),), INSUFFICIENT),
    *told(encryption.every_store_has_a_named_key, "encrypted"),
    (segments.tiers_are_apart, (network(), SPECIFICATION), PASS),
    (segments.tiers_are_apart, (network(part(aspect="closed", holds="no")), SPECIFICATION), FAIL),
    (
        segments.tiers_are_apart,
        (network(part("a", tier="app", segments=["g"]), part("d", tier="data", segments=["g"])), SPECIFICATION),
        FAIL,
    ),
    (segments.tiers_are_apart, (network(path=Aspect("yes", "com.amazonaws.x.s3")), SPECIFICATION), FAIL),
    (segments.tiers_are_apart, (network(part(segments=[], segments_unknown=True)), SPECIFICATION), INSUFFICIENT),
    (segments.tiers_are_apart, (seen(part(aspect="closed")), SPECIFICATION), INSUFFICIENT),
    (segments.identities_are_strong, (identities("a", "b"),), PASS),
    (segments.identities_are_strong, (identities("a", "a"),), FAIL),
    (segments.identities_are_strong, (identities("a", ""),), FAIL),
    (segments.identities_are_strong, (seen(part(aspect="passing", holds="no")),), FAIL),
    (segments.identities_are_strong, (seen(part(identity="a")),), INSUFFICIENT),
    (segments.identities_are_strong, (seen(part(aspect="federated", holds="unknown")),), INSUFFICIENT),
    (segments.identities_are_strong, (identities("a", unclassified=["x"]),), INSUFFICIENT),
    *told(reliability.every_part_spans_zones, "zones", SPECIFICATION),
    (reliability.every_part_spans_zones, (seen(part(aspect="zones")), alone()), FAIL),
    *told(reliability.every_part_is_looked_after, "checked"),
    *told(reliability.every_part_is_looked_after, "scaled"),
    *told(performance.inference_asks_for_accelerators, "accelerated"),
    *told(performance.event_driven_parts_rest, "rests"),
    (performance.event_driven_parts_rest, (excepted("rests", "PERF-05"),), PASS),
    (performance.event_driven_parts_rest, (excepted("rests", "SUS-07"),), FAIL),
    (performance.every_component_is_classed, (seen(LAMBDA, part("host", run="self")),), PASS),
    (performance.every_component_is_classed, (seen(LAMBDA, unclassified=["x"]),), FAIL),
    (performance.every_component_is_classed, (seen(part()),), INSUFFICIENT),
    (performance.endpoints_are_near_users, (seen(DOOR), SPECIFICATION), PASS),
    (performance.endpoints_are_near_users, (seen(DOOR), with_placement(users={"eu-west-1": 1.0})), FAIL),
    (performance.endpoints_are_near_users, (seen(DOOR), with_placement(users={})), INSUFFICIENT),
    (performance.endpoints_are_near_users, (seen(part(endpoint=True)), SPECIFICATION), INSUFFICIENT),
    *told(capacity.capacity_has_bounds_and_a_lower_floor_off_peak, "bounded"),
    *told(capacity.every_store_is_tidied_up, "tidied"),
    (tagging.every_resource_is_tagged, (seen(part(tags=TAGS), part()), SPECIFICATION), PASS),
    (tagging.every_resource_is_tagged, (seen(part(tags={**TAGS, "Team": ""})), SPECIFICATION), FAIL),
    (tagging.every_resource_is_tagged, (seen(part(tags={}, tags_unknown=True)), SPECIFICATION), INSUFFICIENT),
    (tagging.every_resource_is_tagged, (seen(part()), SPECIFICATION), INSUFFICIENT),
    (transfer.parts_of_one_workload_are_together, (together(), SPECIFICATION), PASS),
    (transfer.parts_of_one_workload_are_together, (together(data="us-east-1"), SPECIFICATION), FAIL),
    (
        transfer.parts_of_one_workload_are_together,
        (together(data="us-east-1", exceptions={"SUS-05": "a copy by law"}), SPECIFICATION),
        PASS,
    ),
    (transfer.parts_of_one_workload_are_together, (together(), elsewhere()), FAIL),
    (transfer.parts_of_one_workload_are_together, (together(app=""), SPECIFICATION), INSUFFICIENT),
    (transfer.parts_of_one_workload_are_together, (seen(), SPECIFICATION), INSUFFICIENT),
    *told(transfer.what_is_kept_or_sent_is_compressed, "compressed"),
    (transfer.what_is_kept_or_sent_is_compressed, (excepted("compressed", "SUS-07"),), PASS),
]  # fmt: skip
