"""Every declared constraint is compiled to the policies that enforce it in the gateway that serves; one without any is a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from colonnade.evidence.effective import GatewayConfiguration
from colonnade.usecase.evidence import ConstraintBinding
from colonnade.workload.sections.purpose import Constraints
from colonnade.workload.specification import Specification

RESIDENCY, CEILING = "residency.allow-list", "budget.hard-cap"

REFUSED_WITH: Final[Mapping[str, str]] = {RESIDENCY: "residency_refused", CEILING: "budget_exceeded"}
"""Policies that refuse a request that breaks them -> the code of that refusal, by which a caller knows the policy."""

_KEPT = ("retention.prompts", "retention.answers", "redaction")
_TRACED = ("journal", "identity")
_ASKED: Final[Mapping[str, tuple[str, ...]]] = {
    "gdpr": _KEPT,
    "uk_gdpr": _KEPT,
    "ccpa": _KEPT,
    "lgpd": _KEPT,
    "hipaa": (*_KEPT, *_TRACED),
    "pci_dss": ("redaction", *_TRACED),
    "eu_ai_act": ("journal", "retention.six-months", "disclosure"),
    "iso_27001": _TRACED,
    "iso_42001": _TRACED,
    "nist_ai_rmf": _TRACED,
    "soc_2": _TRACED,
    "nis_2": _TRACED,
    "dora": _TRACED,
}
"""Regimes -> the policies by which this gateway keeps to them, as far as a gateway can: no legal advice.

GDPR articles 5(1)(c) and (e), EU AI Act articles 12, 26(6) and 50: minimisation, storage limitation, records for six
months, disclosure.
"""

_SIX_MONTHS_DAYS = 180
_IDENTITY_WORDS = frozenset({"api_keys", "identity", "keys", "sso"})


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies that are active, read from what the gateway says of itself.

    `caps` are the budgets that it holds calls to, in US dollars by `day` and `month`.
    """

    configuration: GatewayConfiguration
    caps: Mapping[str, float]

    def active(self, policy: str) -> bool:
        """Whether the policy of that id is at work."""
        known = _ACTIVE.get(policy)
        return known is not None and known(self.configuration)

    def holds_to(self, ceiling_usd: float) -> bool:
        """Whether a month cannot cost more than the ceiling."""
        return self.caps.get("month", float("inf")) <= ceiling_usd


def compiled(specification: Specification, policies: Policies) -> list[ConstraintBinding]:
    """Every declared constraint with its active policies, and those that it asks for and that are not active."""
    constraints = specification.constraints
    return [
        *_regimes(constraints, policies),
        *_ceiling(constraints, policies),
        *_residency(constraints, policies),
        *_integrations(constraints, policies, specification),
    ]


def _regimes(constraints: Constraints, policies: Policies) -> Iterator[ConstraintBinding]:
    for regime in constraints.regimes if constraints.regimes != "none" else ():
        asked = _ASKED.get(_word(regime), ())
        active = [policy for policy in asked if policies.active(policy)]
        yield _binding("regime", regime, active, [policy for policy in asked if policy not in active])


def _ceiling(constraints: Constraints, policies: Policies) -> Iterator[ConstraintBinding]:
    if constraints.budget_ceiling == "none":
        return
    ceiling = constraints.budget_ceiling.per_month_usd
    held = policies.configuration.enforces("budget") and policies.holds_to(ceiling)
    yield _binding("budget_ceiling", f"{ceiling:g} USD a month", [CEILING] if held else [])


def _residency(constraints: Constraints, policies: Policies) -> Iterator[ConstraintBinding]:
    enforced = policies.configuration.enforces("constrain")
    for region in constraints.residency if constraints.residency != "none" else ():
        yield _binding("residency", region, [RESIDENCY] if enforced else [])


def _integrations(
    constraints: Constraints, policies: Policies, specification: Specification
) -> Iterator[ConstraintBinding]:
    for system in constraints.integrations if constraints.integrations != "none" else ():
        yield _binding("integration", system, list(_met_by(_word(system), policies, specification)))


def _met_by(system: str, policies: Policies, specification: Specification) -> Iterator[str]:
    """The part of the gateway that is tied to a system of this name."""
    configuration = policies.configuration
    for name, kind in configuration.upstream_kinds.items():
        upstream = specification.upstreams.get(name)
        provider = upstream.provider if upstream is not None else None
        if system in {_word(name), kind, _word(provider or "")}:
            yield f"upstream.{name}"
    used = {route.knowledge for route in configuration.routes if route.knowledge}
    yield from (f"knowledge.{name}" for name in sorted(used) if _word(name) == system)
    if system in _IDENTITY_WORDS and policies.active("identity"):
        yield "identity"
    if system == specification.counters.shared and system != "host":
        yield f"counters.{system}"


def _binding(
    kind: str, value: str, policies: list[str], missing: list[str] | None = None
) -> ConstraintBinding:
    return ConstraintBinding(kind=kind, value=value, policies=policies, missing=missing or [])


def _word(name: str) -> str:
    return name.strip().lower().replace("-", "_").replace(" ", "_")


def _keeps(days: str) -> Callable[[GatewayConfiguration], bool]:
    return lambda it: it.retention_days.get(days, 0) > 0


_ACTIVE: Final[Mapping[str, Callable[[GatewayConfiguration], bool]]] = {
    "retention.prompts": _keeps("prompts"),
    "retention.answers": _keeps("answers"),
    "retention.six-months": lambda it: it.retention_days.get("requests", 0) >= _SIX_MONTHS_DAYS,
    "redaction": lambda it: it.content == "digest" or bool(it.redaction),
    "journal": lambda it: it.enforces("journal") and bool(it.sink),
    "identity": lambda it: it.enforces("identify"),
    "disclosure": lambda it: all(route.disclosure for route in it.routes if route.endpoint == "chat"),
}
"""Policy id -> whether the gateway that serves has it."""
