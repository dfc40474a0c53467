"""Kinds of decision records that count only with a person's signature over the file."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from colonnade.workload.decisions.front import Decision
from colonnade.workload.section import Day, Text


class PrivateTuning(Decision):
    """`private_tuning`: how a model is tuned without giving personal data away (SEC-13)."""

    kind: Literal["private_tuning"] = Field(description="All three ways are compared.")
    federated: Text = Field(description="Tuning where the data stays with several parties.")
    on_site: Text = Field(description="Tuning on own machines.")
    differential_privacy: Text = Field(description="Tuning with noise that hides each person.")


class Energy(Decision):
    """`energy`: what the provider says of its energy, and what follows (SUS-03)."""

    kind: Literal["energy"] = Field(description="One record a provider.")
    paragraph: Text = Field(description="What was considered of energy and carbon.")
    report: Text = Field(description="The provider's own report: a file of the workload folder.")
    report_date: Day = Field(description="The day of the report.")


class Processing(Decision):
    """`processing`: what personal data is processed, and on what grounds (RAI-10)."""

    kind: Literal["processing"] = Field(description="One record of processing.")
    records: Text = Field(description="What is processed, of whom, for what, and how long.")
    legal_basis: Text = Field(description="The legal basis.")
    processors: list[Text] = Field(description="Who processes on the owner's behalf; may be empty.")
    impact_assessment: Text = Field(description="What the impact assessment found, or why none is needed.")
