"""The whole of `workload.yaml` as one type."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from colonnade.workload.section import Name, Section, Text
from colonnade.workload.sections.assurance import Feedback, Findings, HumanEvaluation, Incidents
from colonnade.workload.sections.batches import Batches
from colonnade.workload.sections.drills import Drills
from colonnade.workload.sections.promises import (
    Budgets,
    Counters,
    Facts,
    Guardrails,
    Labels,
    Limit,
    Privacy,
    Quality,
    Recovery,
    Region,
    Retention,
    Review,
    ServiceObjectives,
)
from colonnade.workload.sections.purpose import (
    Approach,
    Constraints,
    Indicator,
    Intent,
    Rag,
    Stakeholder,
    Task,
)
from colonnade.workload.sections.recovery import Data
from colonnade.workload.sections.serving import Knowledge, ModelBinding, PromptUse, Route, Upstream


class Specification(Section):
    """A use case, as its owner declares it. References between sections are checked by `references`."""

    colonnade: Literal[1] = Field(description="Version of this file format.")
    name: Name = Field(description="Name of the workload: lower-case letters, digits, `-` and `_`.")
    description: Text | None = Field(
        default=None, description="One sentence for people who see the workload in a list."
    )
    intent: Intent = Field(description="Why the use case exists, settled before any model is bound (UC-01).")
    stakeholders: list[Stakeholder] = Field(
        min_length=1, description="Who took part in framing the problem (UC-02)."
    )
    kpis: list[Indicator] = Field(
        min_length=1, description="Measurable indicators of success with targets (UC-03)."
    )
    constraints: Constraints = Field(
        description="Legal, budget, residency and integration limits; each written down, or `none` (UC-04)."
    )
    task: Task = Field(description="The kind of content taken and produced (UC-05).")
    approach: Approach = Field(description="Stock, adapted or custom model, and why (UC-06).")
    rag: Rag = Field(description="Whether answers are grounded in own knowledge, and why or why not (UC-07).")
    facts: Facts = Field(description="Facts that decide which practices of the catalogue apply.")
    upstreams: dict[Name, Upstream] = Field(
        min_length=1, description="Places that answer model calls, by a name of your own."
    )
    models: dict[Name, ModelBinding] = Field(
        min_length=1, description="Models bound to this workload, by a name of your own."
    )
    routes: dict[Name, Route] = Field(
        min_length=1, description="What callers name as `model`, by a name of your own."
    )
    prompts: PromptUse = Field(default=PromptUse(), description="Rules for all prompts of the folder.")
    knowledge: dict[Name, Knowledge] = Field(
        default={}, description="Folders of documents and how they are searched, by a name of your own."
    )
    guardrails: Guardrails = Field(default=Guardrails(), description="Filters on both sides.")
    slo: ServiceObjectives = Field(description="Service objectives (OPS-04).")
    quality: Quality = Field(description="Floors for evaluations.")
    human_eval: HumanEvaluation = Field(
        default=HumanEvaluation(), description="How many outputs people rate (OPS-07)."
    )
    feedback: Feedback = Field(default=Feedback(), description="What becomes of what users say (OPS-16).")
    incident: Incidents = Field(
        default=Incidents(), description="How soon incidents are studied and actions closed (OPS-15)."
    )
    findings: Findings = Field(
        default=Findings(), description="How soon scanners' findings are fixed (SEC-10)."
    )
    privacy: Privacy = Field(default=Privacy(), description="What is stored of prompts and answers.")
    budgets: Budgets = Field(default=Budgets(), description="Spending limits.")
    limits: list[Limit] = Field(default=[], description="Rate limits; calls beyond are refused with 429.")
    counters: Counters = Field(
        default=Counters(), description="Where limits and budgets are counted together."
    )
    batches: Batches = Field(default=Batches(), description="Work that can wait (COST-10).")
    labels: Labels = Field(description="Labels by which every request is allocated (COST-01).")
    retention: Retention = Field(
        default=Retention(), description="Days that each class of data is kept (SUS-06, RAI-07)."
    )
    recovery: Recovery = Field(default=Recovery(), description="Promised times of recovery, and backups.")
    data: Data = Field(default=Data(), description="Stores whose loss would matter (REL-08).")
    drills: Drills = Field(default=Drills(), description="What drills may do, when and how far (REL-05).")
    placement: Region = Field(
        description="Regions in which the workload may run, and where it runs (SUS-04)."
    )
    review: Review = Field(
        default=Review(),
        description="Which environment this deployment is, and how much evidence is enough in it.",
    )

    @property
    def bound(self) -> set[str]:
        """Names of the models that some route may be answered by."""
        routes = self.routes.values()
        return {name for route in routes for name in (route.model, *(it.model for it in route.targets))}
