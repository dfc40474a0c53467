"""The whole of `workload.yaml` as one type."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from colonnade.workload.section import Name, Section, Text
from colonnade.workload.sections.promises import (
    Budgets,
    Facts,
    Guardrails,
    Labels,
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
from colonnade.workload.sections.serving import Knowledge, ModelBinding, PromptUse, Route, Upstream


class Specification(Section):
    """A use case, as its owner declares it. References between sections are checked by `references.py`."""

    colonnade: Literal[1] = Field(description="Version of this file format.")
    name: Name
    description: Text | None = None
    intent: Intent
    stakeholders: list[Stakeholder] = Field(min_length=1)
    kpis: list[Indicator] = Field(min_length=1)
    constraints: Constraints
    task: Task
    approach: Approach
    rag: Rag
    facts: Facts
    upstreams: dict[Name, Upstream] = Field(min_length=1)
    models: dict[Name, ModelBinding] = Field(min_length=1)
    routes: dict[Name, Route] = Field(min_length=1)
    prompts: PromptUse = PromptUse()
    knowledge: dict[Name, Knowledge] = {}
    guardrails: Guardrails = Guardrails()
    slo: ServiceObjectives
    quality: Quality
    privacy: Privacy = Privacy()
    budgets: Budgets = Budgets()
    labels: Labels
    retention: Retention = Retention()
    recovery: Recovery = Recovery()
    placement: Region
    review: Review = Review()
