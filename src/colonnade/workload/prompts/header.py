"""The front matter of a prompt is a section of its own: who owns it, what fills it, how long it may get."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from colonnade.workload.section import AtLeastOne, Name, Section, Text

VariableName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class Variable(Section):
    """One entry of `variables`: what a caller may fill in."""

    name: VariableName = Field(
        description="Name used as `{{name}}` in the template; `question` is the last user message."
    )
    required: bool = Field(default=True, description="Whether a request without it is refused.")
    trusted: bool = Field(
        default=False, description="Whether its text may be believed; all other text is fenced as data."
    )
    max_chars: AtLeastOne = Field(default=8000, description="Longest text that is accepted, in characters.")


class Header(Section):
    """Front matter of a file of `prompts/`, between two lines of `---`."""

    name: Name | None = Field(default=None, description="Name that routes use; the file's name if not given.")
    purpose: Text = Field(description="What the prompt is for, in one sentence.")
    owner: Text = Field(description="Who answers for the prompt.")
    token_budget: AtLeastOne = Field(
        description="Most tokens of the filled prompt, all variables at their longest; 4 characters count as one."
    )
    variables: list[Variable] = Field(default=[], description="What callers may fill in.")
    models: list[Name] = Field(
        default=[], description="Names of `models` that the prompt was written for; none means any."
    )
