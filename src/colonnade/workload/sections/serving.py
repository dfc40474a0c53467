"""What answers: upstreams, model bindings, routes, prompts and knowledge."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from colonnade.workload.section import (
    Amount,
    AtLeastOne,
    Count,
    Digest,
    Modality,
    Name,
    Positive,
    SecretReference,
    Section,
    Share,
    Text,
)

Fault = Literal[
    "refuse", "http_429", "http_500", "http_503", "http_529", "slow_first_byte", "stall", "drip", "cut",
    "duplicate_chunk", "missing_done", "malformed_chunk", "empty", "length", "refusal", "usage_missing",
    "usage_wrong", "wrong_model", "nonsense",
]  # fmt: skip
"""Faults of the provider simulator; the table with their meaning stands in `gateway/upstream/simulator.py`."""


class Simulation(Section):
    """How the provider simulator answers. Seeded: the same request gives the same answer."""

    seed: Count = 0
    fault: Fault | None = None
    fault_share: Share = Field(default=1.0, description="Share of requests that meet the fault.")
    first_byte_s: Amount = 0.02
    tokens_per_s: Positive = 200.0
    answer_tokens: AtLeastOne = 48


class Upstream(Section):
    """One entry of `upstreams`: a place that answers model calls."""

    kind: Literal["embedded", "openai_compatible", "simulator"]
    base_url: Text | None = Field(default=None, description="For openai_compatible, up to and including /v1.")
    api_key: SecretReference | None = None
    region: Text | None = Field(default=None, description="Region id of the carbon table, e.g. europe-west9.")
    provider: Text | None = Field(default=None, description="Provider id of the price list, e.g. openai.")
    timeout_s: Positive = 60.0
    connections: AtLeastOne = Field(default=64, description="Most connections held open to it.")
    simulation: Simulation | None = None

    @model_validator(mode="after")
    def _complete(self) -> Upstream:
        if self.kind == "openai_compatible" and not self.base_url:
            raise ValueError(
                "an openai_compatible upstream needs `base_url`, e.g. https://api.example.com/v1"
            )
        if self.simulation and self.kind != "simulator":
            raise ValueError("`simulation` belongs to upstreams of kind `simulator`")
        return self


class Price(Section):
    """A price of the owner's own; it wins over the price list."""

    input_per_mtok_usd: Amount
    output_per_mtok_usd: Amount
    cached_input_per_mtok_usd: Amount | None = None
    source: Text
    as_of: Text = Field(description="The day the price was read, YYYY-MM-DD.")


class Modalities(Section):
    """The kinds of content a model takes and gives."""

    input: list[Modality] = Field(min_length=1)
    output: list[Modality] = Field(min_length=1)


class ModelSize(Section):
    """Parameter counts in billions, for the energy estimate; ranges where the vendor is silent."""

    total_min_b: Positive
    total_max_b: Positive
    active_min_b: Positive
    active_max_b: Positive


class ModelBinding(Section):
    """One entry of `models`: a model bound to this workload under a name of its own."""

    upstream: Name
    model: Text = Field(
        description="The upstream's model id; for embedded upstreams a name of `models.toml`."
    )
    pin: Digest | None = Field(default=None, description="Digest of the weights; embedded models need one.")
    snapshot: Text | None = Field(
        default=None, description="Model id that a managed upstream must answer with."
    )
    purpose: Literal["text", "embedding"] = "text"
    modalities: Modalities
    reason: Text = Field(description="Why this model and no other.")
    owner: Text
    price: Price | None = None
    size: ModelSize | None = None
    context_tokens: AtLeastOne = 4096


class PromptUse(Section):
    """`prompts`: rules for all prompts of the folder."""

    untrusted_delimiter: bool = Field(
        default=True, description="Untrusted variables are fenced when rendered."
    )


class Knowledge(Section):
    """One entry of `knowledge`: a folder of documents and how it is searched."""

    folder: Text = "knowledge"
    embedding: Text = Field(default="bge-small-en-v1.5-int8", description="A name of `models.toml`.")
    reranker: Text | None = "ms-marco-minilm-l-12-v2-int8"
    chunk_tokens: int = Field(default=220, ge=32, le=400)
    overlap_tokens: int = Field(default=40, ge=0, le=200)
    candidates: AtLeastOne = 24
    license: Text = Field(default="unstated", description="Licence of the documents, for lineage.")
    source: Text = Field(default="unstated", description="Where the documents come from, for lineage.")


class Disclosure(Section):
    """How callers and their users learn that an AI answers (RAI-06)."""

    header: bool = True
    text: Text | None = Field(default=None, description="Sentence put before the first answer of a session.")


class RouteKnowledge(Section):
    """How a route uses knowledge."""

    use: Name
    passages: AtLeastOne = 4
    floor: float = Field(
        default=-4.0, strict=False, description="Reranker score below which nothing is relevant."
    )
    when_nothing_found: Literal["say_so", "answer_anyway"] = "say_so"
    nothing_found_text: Text = "I do not know: the documents I was given do not answer this."


class Route(Section):
    """One entry of `routes`: what a caller names as `model`."""

    endpoint: Literal["chat", "embeddings"] = "chat"
    model: Name = Field(description="A name of `models`.")
    prompt: Text | None = Field(default=None, description="`name` or `name@version` of a file in `prompts/`.")
    free_system_prompt: bool = Field(default=False, description="Whether callers may send system messages.")
    knowledge: RouteKnowledge | None = None
    max_output_tokens: AtLeastOne = Field(default=512, description="Cap on every answer (PERF-10).")
    timeout_s: Positive = 60.0
    cache: Literal["off", "exact"] = "off"
    cache_ttl_s: Positive = 3600.0
    disclosure: Disclosure = Disclosure()
    unsupported_fields: Literal["reject", "drop_with_header"] = "drop_with_header"
    unpriced: Literal["deny", "allow"] = Field(
        default="deny", description="Whether a model without a known price may be called."
    )
    deterministic: bool = Field(default=False, description="Temperature 0 and a seed are set when not given.")
