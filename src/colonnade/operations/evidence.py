"""Views of step 2: telemetry, the interaction log, changes of models, prompts as code, runbooks."""

from __future__ import annotations

import msgspec

from colonnade.evidence.imported.procedures import PromptCommit, PromptCommits, Runbooks, RunbookState
from colonnade.evidence.view import view

__all__ = ["PromptCommit", "PromptCommits", "RunbookState", "Runbooks"]


@view("telemetry.service")
class ServiceSeries(msgspec.Struct, frozen=True, kw_only=True):
    """Minutes of the window since the first sample, how many have samples, and what was read in them.

    `engagement` is answered requests per active key and day.
    """

    minutes: int
    covered: int
    requests: int
    errors: int
    latency_p95_ms: float | None
    requests_per_s: float
    engagement: float


class Burn(msgspec.Struct, frozen=True):
    """The burn rate of one objective: 1.0 uses the allowance up exactly at the window's end."""

    objective: str
    target: float
    value: float | None
    burn: float | None


@view("config.objectives", binds=("workload",))
class ObjectiveBurns(msgspec.Struct, frozen=True, kw_only=True):
    """Every objective with its target and evaluated burn rate."""

    burns: list[Burn]


@view("telemetry.hosts")
class HostSeries(msgspec.Struct, frozen=True, kw_only=True):
    """Minutes in which processor, memory and network of every instance were sampled."""

    minutes: int
    covered: int
    instances: int
    cpu_share_p95: float
    rss_mb_max: float
    net_kb: float


@view("telemetry.records", binds=("policy",))
class RequestRecords(msgspec.Struct, frozen=True, kw_only=True):
    """Requests that passed the door, and how many left one complete record.

    Complete: closed, with prompt and answer digests, and model and prompt version where the route has them.
    `admitted` and `journaled` are counted in the gateway, `records` and `complete` in the journal.
    """

    admitted: int
    journaled: int
    records: int
    complete: int
    guardrails_active: int


class RunbookRun(msgspec.Struct, frozen=True, kw_only=True):
    """A runbook whose commands were run: how many there are, how many ended well, and how long it took.

    `failed` says which did not, and why; empty where all did.
    """

    name: str
    commands: int
    done: int
    seconds: float
    failed: str


@view("drill.runbook", binds=("policy",))
class RunbookDrill(msgspec.Struct, frozen=True, kw_only=True):
    """Every runbook of the folder, executed."""

    runs: list[RunbookRun]


@view("drill.canary-request", binds=("policy",))
class CanaryRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request with a known id was sent and looked up in the journal."""

    sent: bool
    found: bool
    complete: bool
    seconds: float


@view("registry.bindings")
class BindingTrail(msgspec.Struct, frozen=True, kw_only=True):
    """Changes of model bindings, and which of them lack a part of the story."""

    changes: int
    with_actor_time_reason: int
    with_evaluation: int
    with_approval: int


@view("telemetry.models", binds=("models",))
class ModelsSeen(msgspec.Struct, frozen=True, kw_only=True):
    """Model ids seen in traffic, and those that the trail approves."""

    requests: int
    seen: list[str]
    approved: list[str]


@view("telemetry.system-prompts", binds=("policy",))
class SystemPrompts(msgspec.Struct, frozen=True, kw_only=True):
    """Requests that reached a model with a system prompt that no registered version stands behind."""

    requests: int
    unregistered: int


@view("repo.prompt-lint", binds=("prompts",))
class PromptLint(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the pipeline lints prompts and blocks on faults, and what the linter says now."""

    pipeline_files: list[str]
    runs_check: bool
    prompts: int
    faults: int


@view("telemetry.rendering", binds=("policy",))
class RenderFailures(msgspec.Struct, frozen=True, kw_only=True):
    """Requests refused while their prompt was filled, and how many of those still reached a model."""

    rendered: int
    refused: int
    refused_but_reached_model: int
