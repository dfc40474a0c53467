"""What the owner promises: objectives, quality, privacy, money, labels, retention, recovery, review."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from colonnade.workload.section import (
    Amount,
    AtLeastOne,
    Count,
    Name,
    NoneStated,
    Positive,
    SecretReference,
    Section,
    Share,
    Text,
)
from colonnade.workload.sections.recovery import Backup

Pillar = Literal[
    "use_case", "operational_excellence", "security", "reliability", "performance", "cost", "sustainability",
    "responsible_ai",
]  # fmt: skip
PublicKey = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class ServiceObjectives(Section):
    """`slo`: service objectives (OPS-04)."""

    latency_p95_ms: Positive = Field(description="Time within which 95 of 100 answers are complete.")
    availability: Share = Field(description="Least share of time in which calls are answered.")
    error_ratio_max: Share = Field(description="Most calls that may end in an error, as a share.")
    requests_per_s_min: Amount = Field(default=0.0, description="Least throughput that must be carried.")
    engagement_min: Amount = Field(default=0.0, description="Least answered requests per active key and day.")
    first_byte_p95_ms: Positive | None = Field(
        default=None, description="Time within which 95 of 100 streamed answers begin."
    )
    truncated_share_max: Share = Field(
        default=0.2, description="Most answers that may be cut by the output cap, as a share."
    )
    output_tokens_p95: AtLeastOne | None = Field(
        default=None, description="Length that 95 of 100 answers stay within."
    )


class Quality(Section):
    """`quality`: floors for evaluations."""

    floor: Share = Field(description="Least score of the workload's own evaluation set.")
    groundedness: Share = Field(
        default=0.5, description="Least share of statements supported by the sources given."
    )
    citation_precision: Share = Field(
        default=0.5, description="Least share of cited sources that support the answer."
    )
    refusal_recall: Share = Field(default=0.5, description="Least share of unanswerable questions refused.")
    hallucination_max: Share = Field(
        default=0.2, description="Most answers with an unsupported statement, as a share."
    )
    retrieval_recall_at_5: Share = Field(
        default=0.7, description="Least share of questions whose source is among the first five passages."
    )
    explanation_share: Share = Field(
        default=0.95, description="Least share of answers that can be explained by their record."
    )


class Guardrails(Section):
    """`guardrails`: filters on both sides. Their mechanisms are not implemented yet."""

    input: list[Text] = Field(default=[], description="Filters on what callers send.")
    output: list[Text] = Field(default=[], description="Filters on what is answered.")


class Privacy(Section):
    """`privacy`: what is stored of prompts and answers."""

    store_content: Literal["redacted", "digest"] = Field(
        default="redacted",
        description="Whether prompts and answers are stored redacted, or as digests alone.",
    )
    redact: list[Literal["email", "phone", "card", "iban", "ip", "secret"]] = Field(
        default=["email", "phone", "card", "iban", "ip", "secret"],
        description="Kinds of personal data that are replaced before anything is stored.",
    )
    residual_max: Share = Field(
        default=0.01, description="Most stored texts that may still hold personal data, as a share."
    )


class Limit(Section):
    """One entry of `limits`: what each holder may use within a window; calls beyond are refused with 429."""

    per: Literal["workload", "key", "team", "tenant", "route", "model"] = Field(
        description="Whose use is counted: all, each key, each value of a key's label, each route, or each model that is"
        " asked."
    )
    only: Text | None = Field(default=None, description="One holder that this limit is for; none means each.")
    window_s: Positive = Field(default=60.0, description="Length of the sliding window, in seconds.")
    requests: AtLeastOne | None = Field(default=None, description="Calls within a window.")
    tokens: AtLeastOne | None = Field(default=None, description="Tokens within a window, in and out.")
    usd: Positive | None = Field(default=None, description="US dollars within a window.")
    concurrent: AtLeastOne | None = Field(default=None, description="Calls under way at once.")

    @model_validator(mode="after")
    def _limits_something(self) -> Limit:
        if self.requests is None and self.tokens is None and self.usd is None and self.concurrent is None:
            raise ValueError("a limit needs one of `requests`, `tokens`, `usd`, `concurrent`")
        return self


class Counters(Section):
    """`counters`: where workers and hosts share what limits and budgets count."""

    shared: Literal["host", "valkey", "postgresql"] = Field(
        default="host", description="Among the workers of this host, or also among hosts."
    )
    url: SecretReference | None = Field(
        default=None,
        description="Where the address of Valkey or PostgreSQL is found: `env:NAME` or `file:PATH`.",
    )
    when_away: Literal["refuse", "allow"] = Field(
        default="refuse",
        description="Whether calls that a limit cannot count, because Valkey or PostgreSQL is away, are refused with 503"
        " or pass uncounted. What a budget cannot count is always refused.",
    )


class HolderBudget(Section):
    """One entry of `budgets.holders`: what each holder may spend, beside what the workload may."""

    per: Literal["key", "team", "tenant"] = Field(
        description="Who has the budget: each key, or each value of a key's label."
    )
    only: Text | None = Field(
        default=None, description="One holder, in place of the entry for all of its kind; none means each."
    )
    per_day_usd: Positive | None = Field(default=None, description="US dollars a day.")
    per_month_usd: Positive | None = Field(default=None, description="US dollars a month.")

    @model_validator(mode="after")
    def _holds_something(self) -> HolderBudget:
        if self.per_day_usd is None and self.per_month_usd is None:
            raise ValueError("a budget needs one of `per_day_usd`, `per_month_usd`")
        return self


class Budgets(Section):
    """`budgets`: spending limits, by calendar day and month in UTC. Crossing one stops spend."""

    per_day_usd: Positive | NoneStated = Field(default="none", description="US dollars a day, or `none`.")
    per_month_usd: Positive | NoneStated = Field(
        default="none",
        description="US dollars a month, or `none`; `constraints.budget_ceiling` bounds it, too.",
    )
    notify: list[Text] = Field(
        default=[], description="Who is told: webhook addresses (`http://127.0.0.1:9000/hook`)."
    )
    per_outcome_usd: Positive | None = Field(
        default=None,
        description="US dollars that a useful answer may cost on average; a target, nothing stops at it.",
    )
    tokens_per_outcome: AtLeastOne | None = Field(
        default=None, description="Tokens that a useful answer may take on average, in and out; a target."
    )
    warn_at: list[Share] = Field(
        default=[0.5, 0.8], description="Shares of each budget at which the owner is told."
    )
    holders: list[HolderBudget] = Field(
        default=[], description="Budgets of keys, teams and tenants, in which a call needs room, too."
    )

    @model_validator(mode="after")
    def _each_holder_once(self) -> Budgets:
        seen = [(it.per, it.only) for it in self.holders]
        if len(set(seen)) < len(seen):
            raise ValueError("`holders` has two entries for the same holder")
        return self


class Labels(Section):
    """`labels`: every request is allocated by these (COST-01)."""

    team: Text = Field(description="Who pays.")
    use_case: Text = Field(description="What for.")
    cost_center: Text | None = Field(
        default=None, description="Where it is booked, if there is such a number."
    )


class Retention(Section):
    """`retention`: days that each class of data is kept (SUS-06, RAI-07)."""

    prompts_days: AtLeastOne = Field(default=30, description="Days that prompts are kept.")
    answers_days: AtLeastOne = Field(default=30, description="Days that answers are kept.")
    requests_days: AtLeastOne = Field(
        default=400, description="Days that records of requests are kept; they hold no prompts."
    )
    evidence_days: AtLeastOne = Field(
        default=400, description="Days that evidence is kept at least; it is never deleted yet."
    )
    legal_minimum_days: Count = Field(default=180, description="Records below this age are never deleted.")


class Recovery(Section):
    """`recovery`: promised times, in seconds."""

    auto_s: Positive = Field(
        default=30.0, description="Time within which a failed part is back by itself, in seconds."
    )
    notice_s: Amount = Field(
        default=0.0,
        description="How long a gateway that was told to end still takes calls while `/readyz` answers 503, in seconds;"
        " longer than your balancer takes to notice, 0 without one.",
    )
    rollback_s: Positive = Field(
        default=120.0, description="Time within which a bad release is undone, in seconds."
    )
    rto_s: Positive = Field(
        default=3600.0, description="Recovery time objective: longest time out of service, in seconds."
    )
    rpo_s: Positive = Field(
        default=300.0,
        description="Recovery point objective: longest stretch of records that may be lost, in seconds.",
    )
    backup: Backup | None = Field(
        default=None, description="Where backups go and which stay; without it none are made."
    )


class Region(Section):
    """`placement`: regions in which this workload may run, and where it runs (SUS-04)."""

    current: Text = Field(description="Region id of the carbon table, or `local:XX` with a country code.")
    permitted: list[Text] = Field(min_length=1, description="Regions in which the workload may run.")
    users: dict[Text, Share] = Field(
        default={},
        description="Share of users by the region nearest to them (PERF-08); none where nobody counted.",
    )
    users_near: Share = Field(
        default=0.8, description="Least share of users in whose nearest region the service answers."
    )


class Facts(Section):
    """`facts`: facts of the catalogue that decide which practices apply; observed where possible."""

    hosting: Literal["managed", "self", "hybrid"] = Field(
        description="Whether models run at a provider, on own machines, or both."
    )
    criticality: Literal["low", "standard", "high"] = Field(
        description="How much harm an outage or a wrong answer does."
    )
    pii: bool = Field(description="Whether prompts, answers or documents hold personal data.")
    affects_people: bool = Field(description="Whether answers bear on decisions about people.")
    acts: bool = Field(description="Whether the use case acts by itself, through tools or agents.")
    human_users: bool = Field(description="Whether people, rather than programs, read the answers.")
    third_party_data: bool = Field(
        default=False, description="Whether data of others is used, under a licence or contract."
    )
    federated: bool = Field(
        default=False, description="Whether data stays with several parties and is not brought together."
    )
    logprobs: bool = Field(default=False, description="Whether upstreams answer with log-probabilities.")
    deterministic_routes: bool = Field(
        default=False, description="Whether some routes promise the same answer to the same question."
    )
    shared_prefixes: bool = Field(
        default=False, description="Whether many requests begin with the same long text."
    )
    repeat_content: bool = Field(default=False, description="Whether the same requests come again.")
    deferrable_work: bool = Field(default=False, description="Whether some work may wait for a better hour.")
    event_driven: bool = Field(
        default=False, description="Whether work arrives by queue, schedule or function."
    )
    provisioned_compute: bool = Field(default=False, description="Whether machines are held, used or not.")
    steady_load: bool = Field(default=False, description="Whether the load is about the same every day.")
    stored_gb: Amount = Field(default=0.0, description="Data held in all stores, in GB.")
    user_regions: AtLeastOne = Field(default=1, description="Regions that users call from.")
    used_locations: AtLeastOne = Field(default=1, description="Regions and zones that the workload runs in.")
    bias_gap_open: bool = Field(
        default=False, description="Whether an evaluation found groups served unequally, not yet mended."
    )


class Sampling(Section):
    """How much is enough in one environment; shown on every scorecard that uses it.

    `zero_tolerance_claim` is the share that "0 bad in n" must prove: n >= 3 / (1 - claim).
    """

    zero_tolerance_claim: float = Field(
        default=0.999,
        ge=0.5,
        lt=1.0,
        description='The share that "0 bad in n" must prove: n >= 3 / (1 - claim).',
    )
    minimum_n: AtLeastOne = Field(default=30, description="Fewest samples from which a share is judged.")
    window_hours: Positive = Field(default=24.0, description="How far back evidence from traffic is taken.")
    coverage_minutes: AtLeastOne = Field(
        default=1440, description="Minutes of telemetry that a window needs."
    )


class DueDays(Section):
    """`review.due_days`: days within which a risk is closed once it was seen, by level."""

    high: AtLeastOne = Field(default=30, description="For a HIGH risk.")
    medium: AtLeastOne = Field(default=90, description="For a MEDIUM risk.")
    low: AtLeastOne = Field(default=180, description="For a LOW risk.")


class Review(Section):
    """`review`: which environment this deployment is, the samples each asks for, and who closes what until when."""

    environment: Literal["rehearsal", "staging", "production"] = Field(
        default="production",
        description="What this deployment is; evidence of one environment proves nothing in another.",
    )
    sampling: dict[Literal["rehearsal", "staging", "production"], Sampling] = Field(
        default={}, description="How much is enough, by environment; production has its own defaults."
    )
    pipeline: Name | None = Field(
        default=None, description="Name of the pipeline that gates on the review, if there is one."
    )
    owners: dict[Pillar, Text] = Field(
        default={},
        description="Who closes the risks of a pillar; a stakeholder by role where nobody is named.",
    )
    due_days: DueDays = Field(default=DueDays(), description="Days within which a risk is closed.")
    trusted_keys: list[PublicKey] = Field(
        default=[], description="Public keys, in hex, of other stores whose milestones the gate takes."
    )
