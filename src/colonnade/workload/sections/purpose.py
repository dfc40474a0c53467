"""Why the use case exists, for whom, how success is read, and what bounds it: step 1 of the guide."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from colonnade.workload.section import Modality, Name, NoneStated, Positive, Section, Share, Text


class Intent(Section):
    """`intent`: settled before any model is bound (UC-01)."""

    problem: Text = Field(
        description="The problem that this use case solves, in the words of those who have it."
    )
    value: Text = Field(description="What solving it is worth, and to whom.")
    why_generative: Text = Field(description="Why a generative model, rather than search, rules or a form.")


class Stakeholder(Section):
    """One entry of `stakeholders`: who took part in framing the problem (UC-02)."""

    role: Literal["business", "end_user", "technical", "data_protection", "sponsor", "other"]
    name: Text
    contact: Text = Field(description="A mail address or channel that reaches the person.")


class Indicator(Section):
    """One entry of `kpis`: a measurable indicator of success (UC-03)."""

    id: Name
    metric: Text = Field(description="What is measured, in words.")
    unit: Text
    baseline: float = Field(description="The reading before this use case existed.", strict=False)
    target: float = Field(strict=False)
    direction: Literal["at_least", "at_most"] = "at_least"
    owner: Text
    query: Text = Field(description="Name of an indicator query, see `colonnade explain indicators`.")


class BudgetCeiling(Section):
    """The most that may be spent in a month, by decision of the owner."""

    per_month_usd: Positive


class Constraints(Section):
    """`constraints`: every limit is written down, or `none` is (UC-04)."""

    regimes: list[Text] | NoneStated = Field(description="Laws and rules that apply, e.g. [gdpr, eu_ai_act].")
    budget_ceiling: BudgetCeiling | NoneStated
    residency: list[Text] | NoneStated = Field(description="Regions in which data may be processed.")
    integrations: list[Text] | NoneStated = Field(description="Existing systems that bound the design.")


class TaskModality(Section):
    """What goes in and what comes out."""

    input: list[Modality] = Field(min_length=1)
    output: list[Modality] = Field(min_length=1)


class Task(Section):
    """`task`: the kind of content that the use case takes and produces (UC-05)."""

    modality: TaskModality
    checkable: bool = Field(default=False, description="Whether answers can be compared with a ground truth.")


class Approach(Section):
    """`approach`: stock, adapted or custom model, and why (UC-06)."""

    adaptation: Literal["none", "fine_tune", "custom"]
    reason: Text
    decision: Text | None = Field(
        default=None, description="Path of the decision record, under `decisions/`."
    )


class Rag(Section):
    """`rag`: whether answers are grounded in own knowledge, and why or why not (UC-07)."""

    enabled: bool
    reason: Text
    share: Share = Field(default=0.95, description="Least share of answers that must carry sources.")
