"""Views of step 1: what is observed about purpose, indicators, modality and grounding."""

from __future__ import annotations

import msgspec

from colonnade.evidence.view import view


@view("repo.intent", binds=("intent",))
class IntentHistory(msgspec.Struct, frozen=True, kw_only=True):
    """When the `intent` block was committed, and when a model was first bound. Seconds since the epoch."""

    committed: bool
    commit: str = ""
    committed_at: float = 0.0
    first_binding_at: float | None = None


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One indicator's value in the window against its target; `value` is None without samples."""

    id: str
    unit: str
    value: float | None
    n: int
    baseline: float
    target: float
    direction: str

    @property
    def reached(self) -> bool:
        """Whether the target is reached."""
        if self.value is None:
            return False
        return self.value >= self.target if self.direction == "at_least" else self.value <= self.target


@view("telemetry.indicators", binds=("workload",))
class IndicatorReadings(msgspec.Struct, frozen=True, kw_only=True):
    """The reading of every indicator of the workload."""

    readings: list[Reading]


class BindingModalities(msgspec.Struct, frozen=True, kw_only=True):
    """What one bound model takes and gives."""

    binding: str
    purpose: str
    input: list[str]
    output: list[str]


@view("registry.modalities", binds=("workload",))
class ModalityRegister(msgspec.Struct, frozen=True, kw_only=True):
    """The modalities of the task and of every model bound to a chat route."""

    task_input: list[str]
    task_output: list[str]
    bindings: list[BindingModalities]


@view("traffic.modality", binds=("workload",))
class ModalityTraffic(msgspec.Struct, frozen=True, kw_only=True):
    """Requests by whether their content had the declared modality in both directions."""

    requests: int
    as_declared: int


@view("traffic.retrieval", binds=("knowledge",))
class RetrievalTraffic(msgspec.Struct, frozen=True, kw_only=True):
    """Answered requests on routes with knowledge, and how many of them carry resolvable source ids."""

    requests: int
    with_sources: int
    nothing_found: int


class ConstraintBinding(msgspec.Struct, frozen=True, kw_only=True):
    """One declared constraint: the active policies that enforce it, and those that it asks for and that are not active."""

    kind: str
    value: str
    policies: list[str]
    missing: list[str]

    @property
    def bound(self) -> bool:
        """Whether something enforces all of it."""
        return bool(self.policies) and not self.missing


@view("config.constraints", binds=("policy", "workload"))
class ConstraintPolicies(msgspec.Struct, frozen=True, kw_only=True):
    """Every declared constraint with its policies, read from the gateway that serves."""

    bindings: list[ConstraintBinding]


class BrokenConstraint(msgspec.Struct, frozen=True, kw_only=True):
    """A request that breaks a constraint, and the code with which it was refused; empty where it was not.

    `policy` is the one that must refuse it, `enforced` whether the gateway that serves has it.
    """

    policy: str
    enforced: bool
    refused_with: str


@view("drill.constraints", binds=("policy", "workload"))
class ConstraintDrill(msgspec.Struct, frozen=True, kw_only=True):
    """One request for each declared constraint that requests can break."""

    broken: list[BrokenConstraint]
