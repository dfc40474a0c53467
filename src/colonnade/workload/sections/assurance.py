"""What the owner promises of the work around the workload: incidents studied, outputs rated, feedback used, findings fixed."""

from __future__ import annotations

from pydantic import Field

from colonnade.workload.section import AtLeastOne, Count, Section, Share


class Incidents(Section):
    """`incident`: how soon incidents are studied, and actions closed (OPS-15)."""

    review_days: AtLeastOne = Field(
        default=14, description="Days within which an incident of severity 1 or 2 has been studied."
    )
    closure_min: Share = Field(
        default=0.9,
        description="Least share of actions that are closed by their day, of those that were due.",
    )


class HumanEvaluation(Section):
    """`human_eval`: how many outputs people rate (OPS-07)."""

    min_n: AtLeastOne = Field(
        default=30, description="Fewest outputs that two or more people rated in the window."
    )


class Feedback(Section):
    """`feedback`: what becomes of what users say (OPS-16)."""

    case_share_min: Share = Field(
        default=0.8, description="Least share of confirmed negative feedback that became an evaluation case."
    )


class Findings(Section):
    """`findings`: how soon scanners' findings are fixed (SEC-10)."""

    critical_days: Count = Field(default=7, description="Days within which a critical finding is fixed.")
    high_days: Count = Field(default=30, description="Days within which a high finding is fixed.")
