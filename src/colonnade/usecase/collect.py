"""Collectors of step 1: they read git, the workload and the journal, and write what they saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from colonnade.evidence.change import Change
from colonnade.evidence.collection import Scope
from colonnade.evidence.effective import GatewayConfiguration
from colonnade.evidence.record import Record
from colonnade.evidence.repository import Repository
from colonnade.evidence.request import RequestRecord
from colonnade.usecase.constraints import Policies, compiled
from colonnade.usecase.evidence import (
    BindingModalities,
    ConstraintPolicies,
    IndicatorReadings,
    IntentHistory,
    ModalityRegister,
    ModalityTraffic,
    Reading,
    RetrievalTraffic,
)
from colonnade.workload.folder import Workload
from colonnade.workload.sections.purpose import Indicator
from colonnade.workload.specification import Specification


def intent_history(workload: Workload, bindings: Sequence[Change], scope: Scope) -> Record | None:
    """When the intent was committed; None where no repository can say."""
    repository = Repository.around(workload.folder)
    if repository is None:
        return None
    path = (workload.folder / "workload.yaml").resolve()
    commit = repository.first_commit_with(path, "why_generative")
    first = min((change.at for change in bindings), default=None)
    view = IntentHistory(
        committed=commit is not None and repository.clean(path),
        commit=commit.id if commit else "",
        committed_at=commit.at if commit else 0.0,
        first_binding_at=first,
    )
    return scope.record(view, kind="workload", source="git", collector="usecase.intent@1", n=1)


def indicator_readings(
    kpis: Sequence[Indicator], values: Mapping[str, tuple[float | None, int]], scope: Scope
) -> Record:
    """The reading of every indicator; `values` maps query names to value and number of samples."""
    readings = [_reading(kpi, *values.get(kpi.query, (None, 0))) for kpi in kpis]
    samples = sum(reading.n for reading in readings)
    return scope.record(
        IndicatorReadings(readings=readings), kind="telemetry", collector="usecase.indicators@1", n=samples
    )


def modality_register(specification: Specification, scope: Scope) -> Record:
    """What the task needs and what the bound models can do."""
    used = {route.model for route in specification.routes.values() if route.endpoint == "chat"}
    bindings = [
        BindingModalities(
            binding=name,
            purpose=binding.purpose,
            input=list(binding.modalities.input),
            output=list(binding.modalities.output),
        )
        for name, binding in specification.models.items()
        if name in used
    ]
    modality = specification.task.modality
    view = ModalityRegister(
        task_input=list(modality.input), task_output=list(modality.output), bindings=bindings
    )
    return scope.record(view, kind="registry", collector="usecase.modalities@1", n=len(bindings))


def modality_traffic(specification: Specification, requests: Sequence[RequestRecord], scope: Scope) -> Record:
    """How many chat requests had the declared modality in both directions."""
    declared = specification.task.modality
    chats = [request for request in requests if request.endpoint == "chat"]
    fitting = sum(
        _fits(request.input_modality, declared.input) and _fits(request.output_modality, declared.output)
        for request in chats
    )
    view = ModalityTraffic(requests=len(chats), as_declared=fitting)
    return scope.record(view, kind="telemetry", collector="usecase.modality@1", n=len(chats))


def retrieval_traffic(
    specification: Specification, requests: Sequence[RequestRecord], scope: Scope
) -> Record:
    """How many answers of routes with knowledge carry sources, or say that nothing was found."""
    grounded = {name for name, route in specification.routes.items() if route.knowledge is not None}
    answered = [
        request for request in requests if request.route in grounded and request.outcome == "answered"
    ]
    view = RetrievalTraffic(
        requests=len(answered),
        with_sources=sum(bool(request.sources) for request in answered),
        nothing_found=sum(request.nothing_found for request in answered),
    )
    return scope.record(view, kind="telemetry", collector="usecase.retrieval@1", n=len(answered))


def constraint_policies(
    specification: Specification,
    configuration: GatewayConfiguration,
    caps: Mapping[str, float],
    scope: Scope,
) -> Record:
    """Every declared constraint with the policies that enforce it.

    Args:
        specification: as declared.
        configuration: of the gateway that serves.
        caps: the budgets that it holds calls to, US dollars by `day` and `month`.
        scope: what is being observed.
    """
    bindings = compiled(specification, Policies(configuration, caps))
    view = ConstraintPolicies(bindings=bindings)
    return scope.record(view, kind="config", collector="usecase.constraints@1", n=len(bindings))


def _fits(observed: str, declared: Sequence[str]) -> bool:
    # Code travels as text: the wire cannot tell them apart.
    return observed in declared or (observed == "text" and "code" in declared)


def _reading(kpi: Indicator, value: float | None, n: int) -> Reading:
    return Reading(
        id=kpi.id,
        unit=kpi.unit,
        value=value,
        n=n,
        baseline=kpi.baseline,
        target=kpi.target,
        direction=kpi.direction,
    )
