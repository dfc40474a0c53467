"""Views of step 5: sizes of prompts and answers, and what the exact cache saved."""

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


@view("telemetry.cache", binds=("policy",))
class CacheUse(msgspec.Struct, frozen=True, kw_only=True):
    """Requests on cached routes by cache verdict, and tokens that upstream prefix caches and ours avoided."""

    requests: int
    hits: int
    misses: int
    bypassed: int
    tokens_avoided: int
    prefix_tokens: int


@view("drill.cache-replay", binds=("policy",))
class CacheReplay(msgspec.Struct, frozen=True, kw_only=True):
    """The same request twice, then with another prompt version or model.

    `first_reached_upstream` is the witness that the second answer could come from the cache at all.
    """

    first_reached_upstream: bool
    same_body: bool
    second_reached_upstream: bool
    changed_version_missed: bool
