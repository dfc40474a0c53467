"""What the journal keeps of one request: enough to tell its whole story, without its content.

The prompt and the answer are stored apart, redacted and encrypted, and may be deleted by retention; this
record keeps their digests for as long as evidence is kept.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from colonnade.evidence.record import Environment

Outcome = Literal["answered", "refused", "failed", "abandoned", "interrupted"]
"""`refused`: by the gateway before any model was called; `failed`: upstream or deadline; `abandoned`: the caller
left; `interrupted`: the process died while the request was open."""


class SourceLine(msgspec.Struct, frozen=True):
    """A passage that was given to the model."""

    id: str
    document: str
    document_version: str
    score: float


class DecisionLine(msgspec.Struct, frozen=True, gc=False):
    """One line of the request's story."""

    stage: str
    what: str
    at_ms: float


class AttemptLine(msgspec.Struct, frozen=True, gc=False):
    """One attempt: which binding and upstream, what came of it (empty: it answered), and how long it took."""

    binding: str
    upstream: str
    error: str
    ms: float


class RequestRecord(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One request. Times in seconds since the epoch or milliseconds as named; tokens are disjoint counts."""

    id: str
    opened_at: float
    environment: Environment
    workload: str
    policy: str = ""
    release: str = ""
    endpoint: str = ""
    dialect: str = "openai"
    workload_digest: str = ""
    urgency: str = "interactive"
    batch: str = ""
    route: str = ""
    stream: bool = False
    key_id: str = ""
    role: str = ""
    labels: dict[str, str] = {}
    input_modality: str = "text"
    output_modality: str = "text"
    # what answered
    binding: str = ""
    model: str = ""
    model_pin: str = ""
    answered_by: str = ""
    upstream: str = ""
    reached_upstream: bool = False
    attempts: int = 0
    tried: list[AttemptLine] = []
    prompt_name: str = ""
    prompt_version: str = ""
    free_system_prompt: bool = False
    generation: str = ""
    sources: list[SourceLine] = []
    cited_sources: int = 0
    uncited_tokens: int = 0
    nothing_found: bool = False
    cache: str = "off"
    output_cap: int = 0
    # what came of it
    outcome: Outcome = "interrupted"
    status: int = 0
    error_code: str = ""
    finish: str = ""
    closed_at: float = 0.0
    latency_ms: float = 0.0
    first_byte_ms: float | None = None
    fresh_input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0
    audio_input: int = 0
    image_input: int = 0
    output: int = 0
    reasoning: int = 0
    audio_output: int = 0
    image_output: int = 0
    usage_reported: bool = False
    reserved_usd: float = 0.0
    usd: float = 0.0
    provider_usd: float | None = None
    estimated_usd: float | None = None
    lost_usd: float = 0.0
    lost_tokens: int = 0
    saved_tokens: int = 0
    saved_usd: float = 0.0
    saved_ms: float = 0.0
    saved_energy_wh: float = 0.0
    price_known: bool = False
    price_source: str = ""
    price_as_of: str = ""
    energy_min_wh: float = 0.0
    energy_max_wh: float = 0.0
    carbon_min_g: float = 0.0
    carbon_max_g: float = 0.0
    footprint_method: str = ""
    footprint_tier: str = ""
    region: str = ""
    disclosed: bool = False
    session_digest: str = ""
    prompt_digest: str = ""
    answer_digest: str = ""
    content_stored: bool = False
    decisions: list[DecisionLine] = []
