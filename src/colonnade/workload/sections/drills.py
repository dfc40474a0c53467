"""What the owner allows drills to do: when, how far, where else, and who answers for what they find."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from colonnade.workload.section import (
    AtLeastOne,
    Day,
    Name,
    Positive,
    SecretReference,
    Section,
    Share,
    Text,
)

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Window(Section):
    """One stretch of the week in which drills may disturb the workload; UTC."""

    days: list[Weekday] = Field(
        default=["mon", "tue", "wed", "thu", "fri"], min_length=1, description="Days of the week."
    )
    begin: TimeOfDay = Field(default="08:00", description="First minute, UTC.")
    end: TimeOfDay = Field(default="16:00", description="Last minute, UTC; later than `begin`.")

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Window:
        if self.begin >= self.end:
            raise ValueError("`end` must be later than `begin`; write two windows for a night")
        return self


class Freeze(Section):
    """Days on which no drill disturbs the workload."""

    begin: Day = Field(description="First day.")
    end: Day = Field(description="Last day.")
    reason: Text = Field(description="Why.")


class Endpoint(Section):
    """One entry of `drills.targets`: an endpoint beside the gateway that drills may call."""

    url: Text = Field(description="Up to and including the version: `http://127.0.0.1:8000/v1`.")
    model: Text = Field(description="What calls name as `model`.")
    key: SecretReference | None = Field(
        default=None, description="Where its key is found: `env:NAME` or `file:PATH`."
    )
    beyond_loopback: bool = Field(
        default=False, description="Whether drills may call it although it is not on this machine."
    )


class LoadProfile(Section):
    """`drills.load`: the traffic that the drill `load` sends; made of tokens, as cost and time are."""

    route: Name | None = Field(
        default=None, description="A name of `routes`; the cheapest chat route if not named."
    )
    arrivals: Literal["poisson", "gamma"] = Field(
        default="poisson", description="How calls arrive; gamma arrivals come in bursts."
    )
    burstiness: Positive = Field(
        default=4.0,
        description="For gamma arrivals: variance over mean of calls in a stretch; 1 is as poisson.",
    )
    peak_per_s: Positive = Field(default=5.0, description="Expected peak, in calls a second.")
    beyond: Positive = Field(default=1.5, description="How far the ramp goes at least, in expected peaks.")
    steps: AtLeastOne = Field(default=4, description="Steps of the ramp up to there.")
    step_s: Positive = Field(default=5.0, description="Length of a step, in seconds.")
    input_tokens: AtLeastOne = Field(default=60, description="Median length of a question, in tokens.")
    output_tokens: AtLeastOne = Field(default=48, description="Most tokens of an answer.")
    spread: Positive = Field(
        default=0.5, description="Spread of lengths: standard deviation of their logarithm."
    )
    streamed: Share = Field(default=0.5, description="Share of calls whose answer is streamed.")
    tolerance: Share = Field(
        default=0.3, description="How much worse than the run before a run may be, as a share (REL-06)."
    )


class Drills(Section):
    """`drills`: what may be exercised, when, how far and where (REL-05)."""

    windows: list[Window] = Field(
        default=[], description="When drills may disturb the workload; any time where none is named."
    )
    freezes: list[Freeze] = Field(default=[], description="Days on which none does.")
    share: Share | None = Field(
        default=None,
        description="Most calls of ordinary callers that a fault may meet, as a share. Not named: all in rehearsal and"
        " staging, none in production, where drills then touch calls of their own alone.",
    )
    fault_points: bool = Field(
        default=True,
        description="Whether an operator of this machine may have calls meet faults in the place of their upstream.",
    )
    longest_s: Positive = Field(default=300.0, description="Longest time that a fault stays in, in seconds.")
    owner: Text | None = Field(
        default=None, description="Who answers for failed drills; the technical stakeholder if not named."
    )
    due_days: AtLeastOne = Field(
        default=14, description="Days within which what a failed drill found must be mended."
    )
    targets: dict[Name, Endpoint] = Field(
        default={}, description="Endpoints beside the gateway that drills may call, by a name of your own."
    )
    load: LoadProfile = Field(default=LoadProfile(), description="The traffic of the drill `load`.")
