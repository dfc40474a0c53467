"""Views of decision records: what was chosen, planned and promised, as it is committed in a repository."""

from __future__ import annotations

import msgspec

from colonnade.evidence.view import view


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a record stands: `commit` is empty where the file is not committed as it is, `signer` without a signature.

    `overdue` says that its `review_by` had passed when it was read.
    """

    file: str
    owner: str
    date: str
    commit: str = ""
    author: str = ""
    signer: str = ""
    reviewers: list[str] = []
    merged_by: str = ""
    review_by: str = ""
    overdue: bool = False


class Weighed(msgspec.Struct, frozen=True, kw_only=True):
    """An option with its score, its price a month in US dollars and the working days it takes, as far as stated."""

    name: str
    score: float | None = None
    cost_usd: float | None = None
    effort_days: float | None = None


class BreakEven(msgspec.Struct, frozen=True, kw_only=True):
    """US dollars a month under commitment and on demand at full use, and the share of full use that is expected."""

    committed_usd: float
    on_demand_usd: float
    expected_use: float

    @property
    def use(self) -> float:
        """The share of full use from which the commitment pays."""
        return self.committed_usd / self.on_demand_usd


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One decision between options; `kind` is the word of its front matter."""

    kind: str
    standing: Standing
    options: list[Weighed] = []
    chosen: str = ""
    trigger: str = ""
    break_even: BreakEven | None = None


@view("repo.choices")
class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """Every decision between options that is in force."""

    choices: list[Choice]

    def of(self, kind: str) -> list[Choice]:
        """Those of one kind."""
        return [choice for choice in self.choices if choice.kind == kind]


class DisasterPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A plan for losing a region; times in seconds, `contacts` of the people in `roles`."""

    standing: Standing
    rto_s: float
    rpo_s: float
    roles: list[str]
    contacts: list[str]
    order: list[str]


@view("repo.disaster-plans")
class DisasterPlans(msgspec.Struct, frozen=True, kw_only=True):
    """Every plan that is in force."""

    plans: list[DisasterPlan]


class SelfRunComponent(msgspec.Struct, frozen=True, kw_only=True):
    """A component that is run rather than bought, and why."""

    component: str
    reason: str
    standing: Standing


@view("repo.self-run")
class SelfRunComponents(msgspec.Struct, frozen=True, kw_only=True):
    """The reasons that are recorded."""

    components: list[SelfRunComponent]


class ActionState(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be done: `late` if it was done after its day, or is open and its day has passed."""

    owner: str
    due: str
    done: str
    late: bool

    @property
    def settled(self) -> bool:
        """Whether it can already be said that it was done in time or was not."""
        return bool(self.done) or self.late


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """One incident, or a drill that was studied like one. `days` from its beginning to its review, or until it was read."""

    standing: Standing
    severity: int
    reviewed: bool
    days: int
    timeline: int
    cause: bool
    actions: list[ActionState]
    regression: list[str]
    drill: str = ""

    @property
    def complete(self) -> bool:
        """Whether the review has a timeline, a cause and actions."""
        return self.reviewed and self.timeline > 0 and self.cause and bool(self.actions)


@view("registry.incidents")
class Incidents(msgspec.Struct, frozen=True, kw_only=True):
    """Every incident on record."""

    incidents: list[Incident]


class ExperimentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A fault that was injected, and what follows where the hypothesis did not hold."""

    drill: str
    failed: bool
    standing: Standing
    actions: list[ActionState]


@view("registry.experiments")
class Experiments(msgspec.Struct, frozen=True, kw_only=True):
    """Every experiment on record."""

    experiments: list[ExperimentRecord]


class SizingState(msgspec.Struct, frozen=True, kw_only=True):
    """A recommendation to take another size; `late` if it is open and its day has passed."""

    component: str
    due: str
    closed: str
    late: bool
    standing: Standing


@view("registry.sizings")
class Sizings(msgspec.Struct, frozen=True, kw_only=True):
    """Every recommendation on record."""

    sizings: list[SizingState]


class MitigationState(msgspec.Struct, frozen=True, kw_only=True):
    """A difference between groups and the technique against it; empty where none is named."""

    finding: str
    technique: str
    standing: Standing


@view("registry.mitigations")
class Mitigations(msgspec.Struct, frozen=True, kw_only=True):
    """Every finding on record."""

    mitigations: list[MitigationState]


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """`policy:STAGE`, `eval:PATH` or `drill:NAME`; `live` is None where nobody can tell whether it is in place."""

    name: str
    live: bool | None


class PrincipleState(msgspec.Struct, frozen=True, kw_only=True):
    """A principle and what holds it."""

    name: str
    links: list[Link]


@view("registry.principles")
class PrincipleRegister(msgspec.Struct, frozen=True, kw_only=True):
    """Every principle of the records that are in force and committed."""

    principles: list[PrincipleState]


class ConditionState(msgspec.Struct, frozen=True, kw_only=True):
    """What a board asked for: closed on a day, or kept by links."""

    what: str
    closed: str
    links: list[Link]


@view("registry.board")
class BoardConditions(msgspec.Struct, frozen=True, kw_only=True):
    """Conditions of `decisions` decisions of a board."""

    decisions: int
    conditions: list[ConditionState]
