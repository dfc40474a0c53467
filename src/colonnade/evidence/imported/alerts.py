"""Alert rules of a monitoring system: what each watches, who owns it, and what to do when it fires."""

from __future__ import annotations

from typing import Literal

import msgspec

from colonnade.evidence.view import view

Watched = Literal["latency", "errors", "spend", "guardrails", "bias"]


class AlertRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule. `owner` and `runbook` are empty where the rule names none; `healthy` is whether it can be evaluated."""

    name: str
    watches: list[Watched]
    owner: str
    runbook: str
    healthy: bool = True


@view("config.alert-rules", snapshot=True)
class AlertRules(msgspec.Struct, frozen=True, kw_only=True):
    """Every rule; `read_back` is whether the running system told them, and not a file that asks for them."""

    system: str
    read_back: bool
    rules: list[AlertRule]

    def watching(self, what: Watched) -> list[AlertRule]:
        """The rules that watch one thing."""
        return [rule for rule in self.rules if what in rule.watches]
