"""Alert rules: what Prometheus has loaded counts, what a file asks for passes nothing."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import yaml
from observed import SCOPE

from colonnade.evidence.imported.alerts import AlertRules
from colonnade.operations.practices.alerts import (
    anomalies_have_rules_with_owners_and_runbooks,
    bias_has_an_alert_with_an_owner,
)
from colonnade.review.adapters.alerts.prometheus import PROMETHEUS_RULES
from colonnade.review.adapters.material import Material

GOLDEN = Path(__file__).parents[1] / "golden" / "prometheus"


def _read(*materials) -> AlertRules:
    reading = PROMETHEUS_RULES.read(materials, SCOPE)
    assert reading.rejects == []
    [record] = reading.records
    return msgspec.convert(record.facts, AlertRules)


def _golden(name):
    return Material(name, (GOLDEN / name).read_bytes(), GOLDEN / name)


def _alert(expr, **beside):
    group = {"name": "g", "rules": [{"alert": "it", "expr": expr, **beside}]}
    return Material("rules.yml", yaml.safe_dump({"groups": [group]}).encode(), Path())


def test_what_prometheus_has_loaded_is_read_back():
    rules = _read(_golden("rules.json"))
    assert rules.read_back
    assert {each.name: (each.watches, each.owner, bool(each.runbook)) for each in rules.rules} == {
        "SlowAnswers": (["latency"], "library", True),
        "ManyErrors": (["errors"], "noor", True),
        "MoneyBurnsFast": (["spend"], "ada", True),
        "GuardrailSpike": (["guardrails"], "noor", True),
        "GroupsServedUnequally": (["bias"], "ada", True),
    }
    assert anomalies_have_rules_with_owners_and_runbooks(rules).outcome == "pass"
    assert bias_has_an_alert_with_an_owner(rules).outcome == "pass"


def test_the_same_rules_in_a_file_are_asked_for():
    rules = _read(_golden("rules.yml"))
    assert not rules.read_back
    assert [each.name for each in rules.rules] == [each.name for each in _read(_golden("rules.json")).rules]
    assert anomalies_have_rules_with_owners_and_runbooks(rules).outcome == "insufficient"


def test_rules_may_stand_in_an_object_of_the_cluster():
    groups = yaml.safe_load((GOLDEN / "rules.yml").read_bytes())
    body = {"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "spec": groups}
    assert len(_read(Material("rules.yaml", yaml.safe_dump(body).encode(), Path())).rules) == 5


@pytest.mark.parametrize(
    ("expression", "watches"),
    [
        ('rate(http_requests_total{code=~"5.."}[5m]) > 1', ["errors"]),
        ("gen_ai_client_token_usage_tokens_sum > 9", ["spend"]),
        ("up == 0", []),
    ],
)
def test_expressions_tell_what_is_watched(expression, watches):
    assert _read(_alert(expression)).rules[0].watches == watches


def test_an_owner_may_say_what_is_watched():
    said = _alert("a_series > 1", labels={"watches": "bias"})
    assert _read(said).rules[0].watches == ["bias"]
    assert _read(_alert("error_total > 1", annotations={"watches": "latency"})).rules[0].watches == [
        "latency"
    ]


@pytest.mark.parametrize(
    "text", ["{}", "groups: 1", "groups: [{rules: [{record: a, expr: b}]}]", "- 1", "a: ["]
)
def test_what_has_no_rules_is_rejected(text):
    reading = PROMETHEUS_RULES.read([Material("rules.yml", text.encode(), Path())], SCOPE)
    assert reading.records == []
    assert reading.rejects
