"""Guide section 2.2: somebody is told of anomalies, knows that it is theirs, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.evidence.imported.alerts import AlertRule, AlertRules, Watched
from colonnade.review.resources import listed
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, insufficient, met, unmet

NEEDED: tuple[Watched, ...] = ("latency", "errors", "spend", "guardrails")
"""What must be watched, as the catalogue's signal of OPS-12 says."""


@signal(
    "OPS-09",
    2,
    improve="alert on the gap between groups, with a label `owner`; say `watches: bias` where the series' name does not",
)
def bias_has_an_alert_with_an_owner(alerts: AlertRules) -> Verdict:
    """An alert rule with an owner is bound to the series of a bias metric."""
    rules = alerts.watching("bias")
    problems = [] if rules else ["no rule watches the gap between groups"]
    problems += [f"{each.name} without an owner" for each in rules if not each.owner]
    return _judged(alerts, rules, problems + _sick(rules))


@signal(
    "OPS-12",
    1,
    improve="alert on latency, errors, spend and guardrails, each with a label `owner` and an annotation `runbook_url`",
)
def anomalies_have_rules_with_owners_and_runbooks(alerts: AlertRules) -> Verdict:
    """Rules exist for latency, errors, token or money burn and guardrail spikes, each with owner and runbook."""
    problems = [f"no rule watches {what}" for what in NEEDED if not alerts.watching(what)]
    rules = [each for each in alerts.rules if set(each.watches) & set(NEEDED)]
    problems += [f"{each.name} without an owner" for each in rules if not each.owner]
    problems += [f"{each.name} without a runbook" for each in rules if not each.runbook]
    return _judged(alerts, rules, problems + _sick(rules))


def _sick(rules: Sequence[AlertRule]) -> list[str]:
    return [f"{each.name} cannot be evaluated" for each in rules if not each.healthy]


def _judged(alerts: AlertRules, rules: Sequence[AlertRule], problems: list[str]) -> Verdict:
    if problems:
        return unmet(listed(problems), n=len(alerts.rules))
    told = ", ".join(each.name for each in rules)
    if not alerts.read_back:
        return insufficient(
            f"a file asks for {told}; what {alerts.system} has loaded was not read back", n=len(rules)
        )
    return met(f"{alerts.system} has loaded {told}", n=len(rules))
