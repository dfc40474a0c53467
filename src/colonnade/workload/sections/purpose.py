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

    role: Literal["business", "end_user", "technical", "data_protection", "sponsor", "other"] = Field(
        description="What the person stands for."
    )
    name: Text = Field(description="The person or group.")
    contact: Text = Field(description="A mail address or channel that reaches the person.")


class Indicator(Section):
    """One entry of `kpis`: a measurable indicator of success (UC-03)."""

    id: Name = Field(description="Name of the indicator, used once.")
    metric: Text = Field(description="What is measured, in words.")
    unit: Text = Field(description="Unit of baseline, target and reading, e.g. share, ms, usd.")
    baseline: float = Field(description="The reading before this use case existed.")
    target: float = Field(description="The reading that counts as success.")
    direction: Literal["at_least", "at_most"] = Field(
        default="at_least", description="Whether success is at least or at most the target."
    )
    owner: Text = Field(description="Who answers for the indicator.")
    query: Text = Field(
        description="Name of an indicator query; the list stands at the end of the reference page."
    )


class BudgetCeiling(Section):
    """The most that may be spent in a month, by decision of the owner."""

    per_month_usd: Positive = Field(description="US dollars a month.")


class Constraints(Section):
    """`constraints`: every limit is written down, or `none` is (UC-04)."""

    regimes: list[Text] | NoneStated = Field(description="Laws and rules that apply, e.g. [gdpr, eu_ai_act].")
    budget_ceiling: BudgetCeiling | NoneStated = Field(
        description="The most that may be spent: `{per_month_usd: 500}`."
    )
    residency: list[Text] | NoneStated = Field(description="Regions in which data may be processed.")
    integrations: list[Text] | NoneStated = Field(description="Existing systems that bound the design.")


class TaskModality(Section):
    """What goes in and what comes out."""

    input: list[Modality] = Field(min_length=1, description="Kinds of content that callers send.")
    output: list[Modality] = Field(min_length=1, description="Kinds of content that answers hold.")


class Task(Section):
    """`task`: the kind of content that the use case takes and produces (UC-05)."""

    modality: TaskModality = Field(description="The kinds of content, by direction.")
    checkable: bool = Field(default=False, description="Whether answers can be compared with a ground truth.")


class Approach(Section):
    """`approach`: stock, adapted or custom model, and why (UC-06)."""

    adaptation: Literal["none", "fine_tune", "custom"] = Field(
        description="Whether the model is used as it is, tuned, or built."
    )
    reason: Text = Field(description="Why this and not the alternatives.")
    decision: Text | None = Field(
        default=None, description="Path of the decision record, under `decisions/`."
    )


class Rag(Section):
    """`rag`: whether answers are grounded in own knowledge, and why or why not (UC-07)."""

    enabled: bool = Field(description="True exactly when a route uses knowledge.")
    reason: Text = Field(description="Why answers are, or are not, grounded in own knowledge.")
    share: Share = Field(default=0.95, description="Least share of answers that must carry sources.")
