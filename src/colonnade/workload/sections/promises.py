"""What the owner promises: objectives, quality, privacy, money, labels, retention, recovery, review."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from colonnade.workload.section import (
    Amount,
    AtLeastOne,
    Count,
    Name,
    NoneStated,
    Positive,
    Section,
    Share,
    Text,
)


class ServiceObjectives(Section):
    """`slo`: service objectives (OPS-04)."""

    latency_p95_ms: Positive
    availability: Share
    error_ratio_max: Share
    requests_per_s_min: Amount = 0.0
    engagement_min: Amount = Field(default=0.0, description="Least answered requests per active key and day.")
    first_byte_p95_ms: Positive | None = None
    truncated_share_max: Share = 0.2
    output_tokens_p95: AtLeastOne | None = None


class Quality(Section):
    """`quality`: floors for evaluations."""

    floor: Share = Field(description="Least score of the workload's own evaluation set.")
    groundedness: Share = 0.5
    citation_precision: Share = 0.5
    refusal_recall: Share = Field(default=0.5, description="Least share of unanswerable questions refused.")
    hallucination_max: Share = 0.2
    retrieval_recall_at_5: Share = 0.7
    explanation_share: Share = 0.95


class Guardrails(Section):
    """`guardrails`: filters on both sides. Their mechanisms are not implemented yet."""

    input: list[Text] = []
    output: list[Text] = []


class Privacy(Section):
    """`privacy`: what is stored of prompts and answers."""

    store_content: Literal["redacted", "digest"] = "redacted"
    redact: list[Literal["email", "phone", "card", "iban", "ip", "secret"]] = [
        "email", "phone", "card", "iban", "ip", "secret",
    ]  # fmt: skip
    residual_max: Share = 0.01


class Budgets(Section):
    """`budgets`: spending limits. The governor that enforces them is not implemented yet."""

    per_day_usd: Positive | NoneStated = "none"
    warn_at: list[Share] = [0.5, 0.8]


class Labels(Section):
    """`labels`: every request is allocated by these (COST-01)."""

    team: Text
    use_case: Text
    cost_center: Text | None = None


class Retention(Section):
    """`retention`: days that each class of data is kept (SUS-06, RAI-07)."""

    prompts_days: AtLeastOne = 30
    answers_days: AtLeastOne = 30
    requests_days: AtLeastOne = 400
    evidence_days: AtLeastOne = 400
    legal_minimum_days: Count = Field(default=180, description="Records below this age are never deleted.")


class Recovery(Section):
    """`recovery`: promised times, in seconds."""

    auto_s: Positive = 30.0
    rollback_s: Positive = 120.0
    rto_s: Positive = 3600.0
    rpo_s: Positive = 300.0


class Region(Section):
    """`placement`: regions in which this workload may run, and where it runs (SUS-04)."""

    current: Text = Field(description="Region id of the carbon table, or `local:XX` with a country code.")
    permitted: list[Text] = Field(min_length=1)


class Facts(Section):
    """`facts`: facts of the catalogue that decide which practices apply; observed where possible."""

    hosting: Literal["managed", "self", "hybrid"]
    criticality: Literal["low", "standard", "high"]
    pii: bool
    affects_people: bool
    acts: bool
    human_users: bool
    third_party_data: bool = False
    federated: bool = False
    logprobs: bool = False
    deterministic_routes: bool = False
    shared_prefixes: bool = False
    repeat_content: bool = False
    deferrable_work: bool = False
    event_driven: bool = False
    provisioned_compute: bool = False
    steady_load: bool = False
    stored_gb: Amount = 0.0
    user_regions: AtLeastOne = 1
    used_locations: AtLeastOne = 1
    bias_gap_open: bool = False


class Sampling(Section):
    """How much is enough in one environment; shown on every scorecard that uses it.

    `zero_tolerance_claim` is the share that "0 bad in n" must prove: n >= 3 / (1 - claim).
    """

    zero_tolerance_claim: float = Field(default=0.999, ge=0.5, lt=1.0)
    minimum_n: AtLeastOne = 30
    window_hours: Positive = 24.0
    coverage_minutes: AtLeastOne = Field(
        default=1440, description="Minutes of telemetry that a window needs."
    )


class Review(Section):
    """`review`: which environment this deployment is, and the samples each environment asks for."""

    environment: Literal["rehearsal", "staging", "production"] = "production"
    sampling: dict[Literal["rehearsal", "staging", "production"], Sampling] = {}
    pipeline: Name | None = None
