"""Views of step 4: where calls were served from, how they were spread and retried, and versions of data."""

from __future__ import annotations

import msgspec

from colonnade.drills.quantiles import Quantile
from colonnade.evidence.view import view


@view("telemetry.served-from", binds=("policy",))
class ServedFrom(msgspec.Struct, frozen=True, kw_only=True):
    """Answered requests by upstream, and by zone where upstreams name theirs."""

    upstreams: dict[str, int]
    zones: dict[str, int]


class TargetShare(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the first attempts of a route, made while its targets were well, went to one target of its first tier.

    `wished` is its share by weight, or 0 where calls are not spread by weight.
    """

    route: str
    target: str
    wished: float
    asked: int
    n: int


@view("telemetry.target-shares", binds=("policy",))
class TargetShares(msgspec.Struct, frozen=True, kw_only=True):
    """How calls were spread. `to_sick` are attempts at targets whose breaker was open all the time."""

    shares: list[TargetShare]
    attempts: int
    to_sick: int


class UpstreamRetries(msgspec.Struct, frozen=True, kw_only=True):
    """Calls to one upstream, tries that followed a failure there, and how many its retry share and the floor allow."""

    upstream: str
    calls: int
    retries: int
    allowed: float


@view("telemetry.retries", binds=("policy",))
class Retries(msgspec.Struct, frozen=True, kw_only=True):
    """Attempts beside requests, and breakers: `spared` are requests that an open breaker kept from a target.

    `unexplained` are those of them before which the ledger knows no breaker of their route that opened.
    """

    requests: int
    attempts: int
    upstreams: list[UpstreamRetries]
    transitions: int
    spared: int
    unexplained: int


class FaultOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """One class of fault at one upstream, and what the gateway made of it.

    `kind` is the catalogue's (429, 5xx, hang, malformed) or empty, `contained` what had to be done about it. Of the calls
    that were sent, `answered` had a whole answer (`by_others` of them from another upstream), `told` a plain error.
    `opened_s` is from arming to the opening of the breaker, `closed_s` from disarming until it closed again, or the
    upstream was asked again.
    """

    fault: str
    kind: str
    contained: str
    upstream: str
    route: str
    verdict: str
    witnessed: bool
    reason: str
    sent: int
    answered: int
    told: int
    by_others: int
    charged_twice: int
    opened_s: float | None = None
    closed_s: float | None = None


@view("drill.upstream-fault", binds=("policy",))
class UpstreamFaultDrill(msgspec.Struct, frozen=True, kw_only=True):
    """Every class of fault that upstreams show. `without_fallback` are routes that have one upstream alone: not tried."""

    cases: list[FaultOutcome]
    retries: list[UpstreamRetries]
    without_fallback: list[str]


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """An upstream, or all of one zone, was lost while calls came in. `shift_s` is until traffic no longer went there.

    `zone` is lost with it; empty where others are left in its zone, or it has none.
    """

    kind: str
    name: str
    zone: str
    routes: list[str]
    verdict: str
    witnessed: bool
    reason: str
    sent: int
    answered: int
    shift_s: float | None = None
    back_s: float | None = None
    p95_before_ms: float = 0.0
    p95_lost_ms: float = 0.0


@view("drill.failover", binds=("policy",))
class FailoverDrill(msgspec.Struct, frozen=True, kw_only=True):
    """Every upstream and every zone that carries calls was lost once. `standing_by` carry none while all is well.

    `availability` is what the workload promises.
    """

    losses: list[Loss]
    standing_by: list[str]
    availability: float


class Recovered(msgspec.Struct, frozen=True, kw_only=True):
    """A component was killed, stopped or starved; `recovered_s` is until it served again by itself, None if it did not.

    `sent`, `answered` and `lost` are calls meanwhile; lost are those whose caller has an answer and the ledger has none.
    """

    component: str
    how: str
    verdict: str
    witnessed: bool
    reason: str
    recovered_s: float | None
    sent: int
    answered: int
    lost: int


@view("drill.kill", binds=("policy",))
class KillDrill(msgspec.Struct, frozen=True, kw_only=True):
    """Every component was taken away in every way. `auto_s` is the promised time of recovery."""

    outcomes: list[Recovered]
    auto_s: float


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a load: what was offered, what was carried, how long it took, what it cost, and what it used.

    Latency is from the intended start of each call. `carried_per_s` counts answers over the time until the last one
    ended; `good_per_s` those within the objectives. `whole` are answers with tokens in them. Use of
    processors is in cores: of the gateway's processes, of the load generator, and of the whole machine.
    """

    offered_per_s: float
    seconds: float
    sent: int
    answered: int
    refused: dict[str, int]
    failed: int
    carried_per_s: float
    good_per_s: float
    first_byte_ms: dict[str, Quantile]
    between_tokens_ms: dict[str, Quantile]
    whole_ms: dict[str, Quantile]
    tokens_out_per_s: float
    tokens_in_per_s: float
    usd_per_answer: float
    whole: int
    upstream_p95_ms: float
    gateway_cores: float
    generator_cores: float
    machine_share: float
    memory_share: float
    generator_late_ms: float
    within: bool
    """Whether it stayed within error share, latency and throughput."""


@view("drill.load", binds=("policy",))
class LoadDrill(msgspec.Struct, frozen=True, kw_only=True):
    """A ramp of token-shaped traffic up to saturation. `profile` names what was sent; equal profiles can be compared.

    `held_per_s` is the highest offered load that stayed within, `saturated_per_s` the first that did not, None where none
    was reached. `limit` is what gave first. `peak` is the step at `beyond` times the expected peak. `before` are the
    figures of the last run with the same profile: carried a second and 95% latency at that step.
    """

    profile: str
    route: str
    expected_per_s: float
    beyond: float
    steps: list[Step]
    peak: int
    held_per_s: float
    saturated_per_s: float | None
    limit: str
    tolerance: float
    before: dict[str, float] | None = None


@view("drill.faults", binds=("policy",))
class FaultClasses(msgspec.Struct, frozen=True, kw_only=True):
    """Witnessed experiments of the last `days` days by class of fault. `unfounded` had no steady state to compare with."""

    classes: dict[str, int]
    experiments: int
    failed: int
    unfounded: list[str]
    days: float


class DataVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One dataset or index with the digest of its present version and how many versions are kept."""

    name: str
    kind: str
    digest: str
    versions: int


@view("registry.datasets", binds=("knowledge",))
class DataVersions(msgspec.Struct, frozen=True, kw_only=True):
    """Every dataset, index and evaluation set, and whether runs and answers name the version they used."""

    versions: list[DataVersion]
    answers: int
    answers_naming_version: int
    runs: int
    runs_naming_version: int


@view("drill.data-rollback", binds=("knowledge",))
class DataRollback(msgspec.Struct, frozen=True, kw_only=True):
    """An index was moved forward one version and back again, on a copy.

    `changed_forward` is the witness: with the other version, some of the stored queries answered differently.
    """

    queries: int
    changed_forward: int
    same_after_rollback: int
    seconds: float
