"""What every decision record says in its front matter: what was decided, when, by whom, and what would reopen it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from colonnade.workload.section import Amount, Day, Name, Section, Text

Link = Annotated[str, StringConstraints(pattern=r"^(policy|eval|drill):.+$", max_length=300)]
"""`policy:STAGE`, `eval:PATH` below the workload folder, or `drill:NAME`."""


class Option(Section):
    """One entry of `options`: what was weighed, and how it did."""

    name: Text = Field(description="Name of the option, as `chosen` writes it.")
    score: float | None = Field(default=None, description="What it scored on the question's own evaluation.")
    cost_usd: Amount | None = Field(default=None, description="US dollars a month; 0 where nothing is paid.")
    effort_days: Amount | None = Field(default=None, description="Working days until it serves.")
    note: Text | None = Field(default=None, description="What else counts for or against it.")


class Action(Section):
    """One entry of `actions`: who does what, until when."""

    what: Text = Field(description="What is done.")
    owner: Text = Field(description="Who does it.")
    due: Day = Field(description="The day until which it is done.")
    done: Day | None = Field(default=None, description="The day on which it was done.")


class Decision(Section):
    """Front matter of a file of `decisions/`, between two lines of `---`."""

    kind: Name = Field(description="What kind of record it is; the kinds add fields of their own.")
    date: Day = Field(description="The day it was decided, found or written.")
    owner: Text = Field(description="Who answers for it.")
    status: Literal["proposed", "in_force", "superseded"] = Field(
        default="in_force", description="Only records that are in force count."
    )
    options: list[Option] = Field(default=[], description="What was weighed.")
    chosen: Text | None = Field(default=None, description="The option that was taken.")
    trigger: Text | None = Field(default=None, description="What would reopen the decision.")
    review_by: Day | None = Field(default=None, description="The day by which it is looked at again.")
