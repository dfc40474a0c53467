"""Rules of Prometheus, from `/api/v1/rules`, rule files, or `PrometheusRule` objects.

What a rule watches is said by its label or annotation `watches`, or else by the names in its expression, those of recorded
series included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from colonnade.evidence.collection import Scope
from colonnade.evidence.imported.alerts import AlertRule, AlertRules, Watched
from colonnade.review.adapters.adapter import Adapter, Reading
from colonnade.review.adapters.material import Material, Unreadable, plain
from colonnade.review.adapters.taking import as_of, listed, mapped

WORDS: Mapping[Watched, re.Pattern[str]] = {
    "latency": re.compile(r"latency|duration|response_time|first_byte|first_token|ttft"),
    "errors": re.compile(r"error|fail|5xx|(?:code|status|status_code)=~?\"5"),
    "spend": re.compile(r"cost|usd|spend|budget|tokens?_|_tokens?"),
    "guardrails": re.compile(r"guardrail|filter|moderation|blocked|refus|injection|jailbreak"),
    "bias": re.compile(r"bias|fairness|disparit|parity|group_gap"),
}
"""Names of series by which a rule says what it watches."""
MOST_RULES = 5_000
LONGEST_EXPRESSION = 10_000


@dataclass(slots=True)
class _Rules:
    """Alert rules as they were told, and the expressions of recorded series."""

    alerts: list[Mapping[str, Any]] = field(default_factory=list)
    recorded: dict[str, str] = field(default_factory=dict)


def read(materials: Sequence[Material], scope: Scope) -> Reading:
    """One record over all rules."""
    reading, rules, told = Reading(), _Rules(), []
    for material in materials:
        try:
            told.append(_take(material, rules))
        except Unreadable as problem:
            reading.reject(material.name, str(problem))
    if not rules.alerts:
        if materials and not reading.rejects:
            reading.reject(materials[0].name, "has no alert rule")
        return reading
    view = AlertRules(
        system="prometheus",
        read_back=all(told),
        rules=[_rule(each, rules.recorded) for each in rules.alerts[:MOST_RULES]],
    )
    record = as_of(scope).record(
        view,
        kind="config" if view.read_back else "repo",
        collector=PROMETHEUS_RULES.collector,
        source="prometheus",
        n=len(view.rules),
        raw=b"".join(each.data for each in materials),
    )
    reading.records.append(record)
    return reading


PROMETHEUS_RULES = Adapter(
    kind="prometheus-rules",
    version=1,
    title="alert rules that Prometheus has loaded, `/api/v1/rules` (rule files say what was asked for)",
    patterns=("*rules*.json", "*rules*.yaml", "*rules*.yml", "*alerts*.yaml", "*alerts*.yml"),
    read=read,
    paths=("/api/v1/rules",),
)


def _take(material: Material, rules: _Rules) -> bool:
    """Take the rules of one file; whether the running system told them. Raises Unreadable."""
    documents = [mapped(each) for each in material.yaml()]
    groups = [group for each in documents for group in _groups(each)]
    if not groups:
        raise Unreadable("has no groups of rules")
    for group in groups:
        for rule in listed(mapped(group).get("rules")):
            _sort(mapped(rule), rules)
    return all(each.get("status") == "success" for each in documents)


def _groups(document: Mapping[str, Any]) -> list[Any]:
    within = "data" if "status" in document and "data" in document else "spec"
    return listed(document.get("groups")) or listed(mapped(document.get(within)).get("groups"))


def _sort(rule: Mapping[str, Any], rules: _Rules) -> None:
    if "alert" in rule or rule.get("type") == "alerting":
        rules.alerts.append(rule)
    elif "record" in rule or rule.get("type") == "recording":
        name = str(rule.get("record") or rule.get("name"))
        rules.recorded[name] = _expression(rule)


def _rule(rule: Mapping[str, Any], recorded: Mapping[str, str]) -> AlertRule:
    labels, notes = mapped(rule.get("labels")), mapped(rule.get("annotations"))
    return AlertRule(
        name=plain(rule.get("alert") or rule.get("name")),
        watches=list(_watched(rule, recorded)),
        owner=_first({**notes, **labels}, "owner", "team", "contact"),
        runbook=_first(notes, "runbook_url", "runbook", "runbookURL"),
        healthy=rule.get("health") != "err",
    )


def _watched(rule: Mapping[str, Any], recorded: Mapping[str, str]) -> Iterator[Watched]:
    said = _first({**mapped(rule.get("annotations")), **mapped(rule.get("labels"))}, "watches")
    expression = _expression(rule)
    behind = " ".join(text for name, text in recorded.items() if name and name in expression)
    for what, words in WORDS.items():
        if (what in said.split(",")) if said else words.search(f"{expression} {behind}".lower()):
            yield what


def _expression(rule: Mapping[str, Any]) -> str:
    return str(rule.get("expr") or rule.get("query") or "")[:LONGEST_EXPRESSION]


def _first(words: Mapping[str, Any], *names: str) -> str:
    return next((found for name in names if (found := plain(words.get(name)))), "")
