"""The kinds of decision records, and the fields that each adds to the common ones."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from colonnade.workload.decisions.front import Action, Decision, Link
from colonnade.workload.decisions.signed import Energy, PrivateTuning, Processing
from colonnade.workload.section import Amount, Day, Name, Positive, Section, Share, Text


class Adaptation(Decision):
    """`adaptation`: stock, adapted or custom model (UC-06)."""

    kind: Literal["adaptation"] = Field(description="Options `stock`, `adapted` and `custom` are expected.")


class ModelChoice(Decision):
    """`model_choice`: which model, among several (UC-08)."""

    kind: Literal["model_choice"] = Field(description="Options are the models that were tried.")


class Hosting(Decision):
    """`hosting`: managed service or own machines (UC-09)."""

    kind: Literal["hosting"] = Field(description="Options are the places.")
    skills: Text = Field(description="What the team can run, and what it cannot.")
    budget: Text = Field(description="What is paid for either.")
    customisation: Text = Field(description="What has to be adapted, if anything.")
    exit: Text = Field(description="The way out.")


class Role(Section):
    """One entry of `roles`: who does what when a region is lost."""

    role: Text = Field(description="What the person does.")
    name: Text = Field(description="The person or group.")
    contact: Text = Field(description="What reaches them when the usual channels are down.")


class DisasterRecovery(Decision):
    """`disaster_recovery`: the plan for losing a region (REL-07)."""

    kind: Literal["disaster_recovery"] = Field(description="The plan's text follows the front matter.")
    rto_s: Positive = Field(description="Recovery time objective, in seconds.")
    rpo_s: Amount = Field(description="Recovery point objective: data that may be lost, in seconds.")
    roles: list[Role] = Field(default=[], description="Who does what, and how to reach them.")
    order: list[Text] = Field(default=[], description="What is brought back, in order.")


class SelfRun(Decision):
    """`self_run`: a component that is run rather than bought (PERF-06)."""

    kind: Literal["self_run"] = Field(description="One record a component.")
    component: Text = Field(description="The component, as the inventory names it.")
    reason: Text = Field(description="Why it is not left to a managed service.")


class BreakEven(Section):
    """`break_even`: from which use on a commitment pays."""

    committed_usd: Positive = Field(description="US dollars a month under commitment, used or not.")
    on_demand_usd: Positive = Field(description="US dollars a month on demand, at full use.")
    expected_use: Share = Field(description="Share of full use that is expected.")


class Commitment(Decision):
    """`commitment`: capacity bought in advance, or a decision not to (COST-06)."""

    kind: Literal["commitment"] = Field(description="`chosen` is `none` where nothing is bought.")
    break_even: BreakEven | None = Field(default=None, description="The calculation behind the choice.")


class Sizing(Decision):
    """`sizing`: a recommendation to take a larger or smaller machine (COST-04)."""

    kind: Literal["sizing"] = Field(description="One record a recommendation.")
    component: Text = Field(description="What is too large or too small.")
    due: Day = Field(description="The day until which it is followed or refused.")
    closed: Day | None = Field(default=None, description="The day on which it was.")


class Incident(Decision):
    """`incident`: what went wrong, why, and what follows (OPS-15)."""

    kind: Literal["incident"] = Field(description="`date` is the day on which it began.")
    severity: Literal[1, 2, 3, 4] = Field(description="1 is the worst.")
    reviewed: Day | None = Field(default=None, description="The day on which the review was finished.")
    timeline: list[Text] = Field(default=[], description="What happened when.")
    cause: Text | None = Field(default=None, description="Why it happened.")
    actions: list[Action] = Field(default=[], description="What is done about it.")
    regression: list[Link] = Field(
        default=[], description="Evaluations and drills that would notice it again."
    )
    drill: Name | None = Field(default=None, description="The drill that showed it, if it was no real one.")


class Experiment(Decision):
    """`experiment`: a fault was injected (REL-05)."""

    kind: Literal["experiment"] = Field(description="One record an experiment.")
    drill: Name = Field(description="The drill that was run.")
    outcome: Literal["passed", "failed"] = Field(description="Whether the hypothesis held.")
    actions: list[Action] = Field(default=[], description="What is done about a failed one.")


class Mitigation(Decision):
    """`bias`: a difference between groups, and what was done about it (RAI-03)."""

    kind: Literal["bias"] = Field(description="One record a finding.")
    finding: Text = Field(description="Which groups are served unequally, and by how much.")
    technique: (
        Literal["re_weighting", "adversarial_training", "output_correction", "prompt_change"] | None
    ) = Field(default=None, description="What reduces it.")


class Principle(Section):
    """One entry of `principles`."""

    name: Text = Field(description="The principle, in a few words.")
    enforced_by: list[Link] = Field(default=[], description="Policies, evaluations and drills that hold it.")


class Principles(Decision):
    """`principles`: what the organisation holds, and what holds it here (RAI-11)."""

    kind: Literal["principles"] = Field(description="One record for all of them.")
    principles: list[Principle] = Field(min_length=1, description="The principles.")


class Condition(Section):
    """One entry of `conditions`."""

    what: Text = Field(description="What the board asks for.")
    closed: Day | None = Field(default=None, description="The day on which it was met for good.")
    enforced_by: list[Link] = Field(default=[], description="What keeps it met.")


class Board(Decision):
    """`board`: what an independent group decided on this use (RAI-12)."""

    kind: Literal["board"] = Field(description="One record a decision.")
    charter: Text | None = Field(default=None, description="What the board is for, and what it may stop.")
    members: list[Text] = Field(default=[], description="Who sits on it.")
    conditions: list[Condition] = Field(default=[], description="What the board asks for.")


KINDS: dict[str, type[Decision]] = {
    "adaptation": Adaptation,
    "bias": Mitigation,
    "board": Board,
    "commitment": Commitment,
    "disaster_recovery": DisasterRecovery,
    "energy": Energy,
    "experiment": Experiment,
    "hosting": Hosting,
    "incident": Incident,
    "model_choice": ModelChoice,
    "principles": Principles,
    "private_tuning": PrivateTuning,
    "processing": Processing,
    "self_run": SelfRun,
    "sizing": Sizing,
}
"""Every kind by its word."""
