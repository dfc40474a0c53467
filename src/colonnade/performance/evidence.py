"""Views of step 5: sizes of prompts and answers, what the exact cache saved, and how work is grouped."""

from __future__ import annotations

import msgspec

from colonnade.evidence.view import view


class PromptSize(msgspec.Struct, frozen=True, kw_only=True):
    """Input tokens of the requests that used one prompt, beside its budget."""

    prompt: str
    budget: int
    n: int
    p50: int
    p95: int


@view("telemetry.prompt-tokens", binds=("prompts",))
class PromptSizes(msgspec.Struct, frozen=True, kw_only=True):
    """Input tokens by prompt."""

    sizes: list[PromptSize]


@view("telemetry.output", binds=("policy",))
class OutputLengths(msgspec.Struct, frozen=True, kw_only=True):
    """Chat requests that reached a model: caps, lengths and truncations. Tokens."""

    requests: int
    without_cap: int
    over_cap: int
    p95: int
    truncated: int


class SimilarUse(msgspec.Struct, frozen=True, kw_only=True):
    """One route on which similar questions share answers.

    `held_out` hits asked the model all the same; at `differed` of them the similar answer would have been another.
    """

    route: str
    hits: int
    held_out: int
    differed: int


@view("telemetry.cache", binds=("policy",))
class CacheUse(msgspec.Struct, frozen=True, kw_only=True):
    """Requests on cached routes by cache verdict, and what upstream prefix caches and ours avoided.

    `hits` are all that were answered without a model: exact, `shared` with an identical call under way, and `similar`.
    `aged` are hits of chats for which the journal still has the answer as it was made, `late` those of them that came
    after its time limit. `prefix_tokens` are input tokens that providers read from their own caches, `prefix_written`
    those that they put there, of `input_tokens` in all. The saved sums are of the answers when they were first made.
    """

    requests: int
    hits: int
    misses: int
    bypassed: int
    tokens_avoided: int
    prefix_tokens: int
    prefix_written: int = 0
    input_tokens: int = 0
    shared: int = 0
    similar: int = 0
    saved_usd: float = 0.0
    saved_ms: float = 0.0
    saved_energy_wh: float = 0.0
    aged: int = 0
    late: int = 0
    by_similarity: list[SimilarUse] = []


@view("drill.cache-replay", binds=("policy",))
class CacheReplay(msgspec.Struct, frozen=True, kw_only=True):
    """The same request twice, then with another prompt version or model.

    `first_reached_upstream` is the witness that the second answer could come from the cache at all.
    """

    first_reached_upstream: bool
    same_body: bool
    second_reached_upstream: bool
    changed_version_missed: bool


@view("drill.cache-isolation", binds=("policy",))
class CacheIsolation(msgspec.Struct, frozen=True, kw_only=True):
    """One question asked by two tenants, thrown away, and put back altered.

    `was_cached` is the witness: the first tenant's second request was a hit. `poisoned_refused` is observed on a store
    of the drill's own, with the code that serves.
    """

    was_cached: bool
    second_tenant_missed: bool
    invalidation_removed: bool
    poisoned_refused: bool


@view("telemetry.batch-lane", binds=("policy",))
class BatchLane(msgspec.Struct, frozen=True, kw_only=True):
    """Requests that asked a model, and those of them that were rows of batches; waits in seconds."""

    requests: int
    rows: int
    rows_with_wait: int
    batches: int
    mean_size: float
    mean_wait_s: float
    longest_wait_s: float
