"""What answers: upstreams, model bindings, routes, prompts and knowledge."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from colonnade.workload.section import (
    Amount,
    AtLeastOne,
    Count,
    Day,
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
    "refuse", "http_429", "http_429_bare", "quota", "http_500", "http_502", "http_503", "http_529",
    "context_length", "slow_first_byte", "grey", "stall", "drip", "cut", "duplicate_chunk", "out_of_order",
    "missing_done", "malformed_chunk", "empty", "length", "content_filter", "refusal", "bad_tool_arguments",
    "usage_missing", "usage_wrong", "wrong_model", "nonsense",
]  # fmt: skip
"""Faults of the provider simulator; the table with their meaning stands in `gateway/upstream/faults.py`."""


class Simulation(Section):
    """How the provider simulator answers. Seeded: the same request gives the same answer."""

    seed: Count = Field(default=0, description="Number from which all answers follow.")
    fault: Fault | None = Field(default=None, description="The fault that requests meet.")
    fault_share: Share = Field(default=1.0, description="Share of requests that meet the fault.")
    first_byte_s: Amount = Field(default=0.02, description="Time before an answer begins, in seconds.")
    tokens_per_s: Positive = Field(default=200.0, description="Speed of an answer.")
    answer_tokens: AtLeastOne = Field(default=48, description="Length of an answer.")


class Upstream(Section):
    """One entry of `upstreams`: a place that answers model calls."""

    kind: Literal["embedded", "openai_compatible", "simulator"] = Field(
        description="Embedded in this process family, a web API, or the simulator."
    )
    base_url: Text | None = Field(default=None, description="For openai_compatible, up to and including /v1.")
    api_key: SecretReference | None = Field(
        default=None, description="Where the key is found: `env:NAME` or `file:PATH`; never the key itself."
    )
    region: Text | None = Field(default=None, description="Region id of the carbon table, e.g. europe-west9.")
    provider: Text | None = Field(default=None, description="Provider id of the price list, e.g. openai.")
    timeout_s: Positive = Field(default=60.0, description="Longest that one attempt may take, in seconds.")
    connections: AtLeastOne = Field(default=64, description="Most connections held open to it.")
    simulation: Simulation | None = Field(default=None, description="How the simulator answers.")

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

    input_per_mtok_usd: Amount = Field(description="US dollars for a million input tokens.")
    output_per_mtok_usd: Amount = Field(description="US dollars for a million output tokens.")
    cached_input_per_mtok_usd: Amount | None = Field(
        default=None, description="US dollars for a million input tokens read from a cache."
    )
    source: Text = Field(description="Where the price was read.")
    as_of: Day = Field(description="The day the price was read.")


class Modalities(Section):
    """The kinds of content a model takes and gives."""

    input: list[Modality] = Field(min_length=1, description="Kinds of content the model takes.")
    output: list[Modality] = Field(min_length=1, description="Kinds of content the model gives.")


class ModelSize(Section):
    """Parameter counts in billions, for the energy estimate; ranges where the vendor is silent."""

    total_min_b: Positive = Field(description="All parameters, lower end, in billions.")
    total_max_b: Positive = Field(description="All parameters, upper end, in billions.")
    active_min_b: Positive = Field(description="Parameters active for one token, lower end, in billions.")
    active_max_b: Positive = Field(description="Parameters active for one token, upper end, in billions.")


class ModelBinding(Section):
    """One entry of `models`: a model bound to this workload under a name of its own."""

    upstream: Name = Field(description="A name of `upstreams`.")
    model: Text = Field(
        description="The upstream's model id; for embedded upstreams a name of `models.toml`."
    )
    pin: Digest | None = Field(default=None, description="Digest of the weights; embedded models need one.")
    snapshot: Text | None = Field(
        default=None, description="Model id that a managed upstream must answer with."
    )
    purpose: Literal["text", "embedding"] = Field(
        default="text", description="Whether the model answers with text or with vectors."
    )
    modalities: Modalities = Field(description="What the model takes and gives.")
    reason: Text = Field(description="Why this model and no other.")
    owner: Text = Field(description="Who answers for the choice.")
    price: Price | None = Field(default=None, description="A price of your own; it wins over the price list.")
    size: ModelSize | None = Field(default=None, description="Parameter counts, for the energy estimate.")
    context_tokens: AtLeastOne = Field(default=4096, description="Most tokens of prompt and answer together.")


class PromptUse(Section):
    """`prompts`: rules for all prompts of the folder."""

    untrusted_delimiter: bool = Field(
        default=True, description="Untrusted variables are fenced when rendered."
    )


class Knowledge(Section):
    """One entry of `knowledge`: a folder of documents and how it is searched."""

    folder: Text = Field(default="knowledge", description="Folder of documents below the workload folder.")
    embedding: Text = Field(default="bge-small-en-v1.5-int8", description="A name of `models.toml`.")
    reranker: Text | None = Field(
        default="ms-marco-minilm-l-12-v2-int8", description="A name of `models.toml`, or null to go without."
    )
    chunk_tokens: int = Field(default=220, ge=32, le=400, description="Length of a passage.")
    overlap_tokens: int = Field(
        default=40, ge=0, le=200, description="How much of a passage its neighbour repeats."
    )
    candidates: AtLeastOne = Field(
        default=24, description="Passages that are found before they are reranked."
    )
    license: Text = Field(default="unstated", description="Licence of the documents, for lineage.")
    source: Text = Field(default="unstated", description="Where the documents come from, for lineage.")


class Disclosure(Section):
    """How callers and their users learn that an AI answers (RAI-06)."""

    header: bool = Field(
        default=True, description="Whether every answer carries a header saying that an AI answers."
    )
    text: Text | None = Field(default=None, description="Sentence put before the first answer of a session.")


class RouteKnowledge(Section):
    """How a route uses knowledge."""

    use: Name = Field(description="A name of `knowledge`.")
    passages: AtLeastOne = Field(default=4, description="Passages that are given to the model.")
    floor: float = Field(
        default=-4.0, allow_inf_nan=False, description="Reranker score below which nothing is relevant."
    )
    when_nothing_found: Literal["say_so", "answer_anyway"] = Field(
        default="say_so", description="Whether to say so, or to let the model answer without sources."
    )
    nothing_found_text: Text = Field(
        default="I do not know: the documents I was given do not answer this.",
        description="The answer when no passage is relevant.",
    )


class Route(Section):
    """One entry of `routes`: what a caller names as `model`."""

    endpoint: Literal["chat", "embeddings"] = Field(default="chat", description="What the route serves.")
    model: Name = Field(description="A name of `models`.")
    prompt: Text | None = Field(default=None, description="`name` or `name@version` of a file in `prompts/`.")
    free_system_prompt: bool = Field(default=False, description="Whether callers may send system messages.")
    knowledge: RouteKnowledge | None = Field(
        default=None, description="The knowledge that answers are grounded in."
    )
    max_output_tokens: AtLeastOne = Field(default=512, description="Cap on every answer (PERF-10).")
    timeout_s: Positive = Field(default=60.0, description="Deadline of a call, in seconds.")
    cache: Literal["off", "exact"] = Field(
        default="off", description="Whether identical requests are answered from the cache."
    )
    cache_ttl_s: Positive = Field(
        default=3600.0, description="How long a cached answer may be used, in seconds."
    )
    disclosure: Disclosure = Field(default=Disclosure(), description="How callers learn that an AI answers.")
    unsupported_fields: Literal["reject", "drop_with_header"] = Field(
        default="drop_with_header",
        description="Whether request fields that the upstream cannot take are refused, or left out and named in a header.",
    )
    unpriced: Literal["deny", "allow"] = Field(
        default="deny", description="Whether a model without a known price may be called."
    )
    deterministic: bool = Field(default=False, description="Temperature 0 and a seed are set when not given.")
