"""What answers: upstreams, model bindings, routes, prompts and knowledge."""

from __future__ import annotations

from collections.abc import Mapping
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
    "usage_missing", "usage_wrong", "wrong_model", "nonsense", "cut_early", "error_first", "error_later",
    "endless_event", "trailing_garbage", "whole_for_stream",
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
    batch_s: Amount = Field(
        default=0.0, description="How long its batch interface takes for a job, in seconds."
    )


class Breaker(Section):
    """When an upstream is left alone, and when it is tried again. A 429 counts neither way."""

    failures: AtLeastOne = Field(default=5, description="Failures in a row that open the breaker.")
    share: Share = Field(default=0.5, description="Share of failures in the window that opens it, too.")
    window_s: Positive = Field(default=30.0, description="How far back failures count, in seconds.")
    minimum_calls: AtLeastOne = Field(
        default=20, description="Fewest calls in the window from which the share counts."
    )
    open_s: Positive = Field(
        default=5.0, description="How long it stays open before one call may try, in seconds."
    )
    longest_open_s: Positive = Field(
        default=60.0, description="Longest that it stays open when tries keep failing, in seconds."
    )


class Admission(Section):
    """How many calls an upstream is given at once, and how long others may wait for their turn."""

    concurrency: AtLeastOne = Field(default=64, description="Most calls under way at once.")
    adaptive: bool = Field(
        default=False, description="Whether the limit follows the measured latency, below `concurrency`."
    )
    queue: Count = Field(default=128, description="Most calls that wait for a turn.")
    queue_s: Positive = Field(default=10.0, description="Longest that a call waits for its turn, in seconds.")


UpstreamKind = Literal[
    "embedded", "openai_compatible", "anthropic", "gemini", "bedrock", "cohere", "simulator"
]
"""Kinds of upstreams, by the wire that they speak."""

WEB_KINDS = frozenset({"openai_compatible", "anthropic", "gemini", "bedrock", "cohere"})
"""Kinds that are reached over HTTP at `base_url`."""


Prefill = Literal["continue_final_message", "prefix", "trailing"]
"""How a server of OpenAI's wire is told to go on with the last message, which is an answer's beginning: by the fields of
vLLM and SGLang, by the mark `prefix` as at DeepSeek, or by nothing but its place, as at llama.cpp."""

_OWN_PREFILL: Mapping[str, Prefill] = {"embedded": "trailing", "simulator": "continue_final_message"}


class Upstream(Section):
    """One entry of `upstreams`: a place that answers model calls."""

    kind: UpstreamKind = Field(
        description="Embedded in this process family, the wire of a web API, or the simulator."
    )
    base_url: Text | None = Field(
        default=None,
        description="For web APIs, up to and including the version, e.g. https://api.example.com/v1.",
    )
    query: dict[Text, Text] = Field(
        default={}, description="Query parameters of every call, e.g. `{api-version: 2024-10-21}` at Azure."
    )
    headers: dict[Text, Text] = Field(
        default={}, description="Further headers of every call; never a secret, which belongs in `api_key`."
    )
    key_header: Text | None = Field(
        default=None, description="Header that carries the key instead of `authorization: Bearer`."
    )
    zone: Text | None = Field(
        default=None, description="What it shares its fate with: a zone, region or provider of your naming."
    )
    retry_share: Share = Field(
        default=0.2, description="Most retries of calls to it, as a share of its calls in the last minute."
    )
    breaker: Breaker = Field(default=Breaker(), description="When it is left alone, and tried again.")
    admission: Admission = Field(default=Admission(), description="How many calls it is given at once.")
    api_key: SecretReference | None = Field(
        default=None, description="Where the key is found: `env:NAME` or `file:PATH`; never the key itself."
    )
    region: Text | None = Field(default=None, description="Region id of the carbon table, e.g. europe-west9.")
    provider: Text | None = Field(default=None, description="Provider id of the price list, e.g. openai.")
    timeout_s: Positive = Field(default=60.0, description="Longest that one attempt may take, in seconds.")
    connections: AtLeastOne = Field(default=64, description="Most connections held open to it.")
    prefill: Prefill | None = Field(
        default=None,
        description="How the server behind OpenAI's wire goes on with an answer that was begun, for `routes.*.resume`: the"
        " fields of vLLM and SGLang, the mark `prefix` (DeepSeek), or a trailing message (llama.cpp); none if it cannot.",
    )
    batch: Literal["provider"] | None = Field(
        default=None,
        description="Whether rows of batches are handed to the provider's own batch interface, which answers within a day at"
        " a lower price; chat, embeddings and moderations at OpenAI's wire.",
    )
    batch_price: Share = Field(
        default=0.5,
        description="What a row costs there, as a share of the list price; OpenAI's and Azure's is 0.5.",
    )
    simulation: Simulation | None = Field(default=None, description="How the simulator answers.")

    @property
    def continues(self) -> Prefill | None:
        """How it goes on with an answer that was begun; None where it cannot."""
        return self.prefill or _OWN_PREFILL.get(self.kind)

    @model_validator(mode="after")
    def _complete(self) -> Upstream:
        if self.prefill and self.kind != "openai_compatible":
            raise ValueError("`prefill` belongs to upstreams of kind `openai_compatible`")
        if self.batch and self.kind != "openai_compatible":
            raise ValueError("`batch: provider` belongs to upstreams of kind `openai_compatible`")
        if self.kind in WEB_KINDS and not self.base_url:
            raise ValueError(
                f"an upstream of kind `{self.kind}` needs `base_url`, e.g. https://api.example.com/v1"
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
    cache_write_per_mtok_usd: Amount | None = Field(
        default=None, description="US dollars for a million input tokens written to a cache for 5 minutes."
    )
    cache_write_1h_per_mtok_usd: Amount | None = Field(
        default=None, description="US dollars for a million input tokens written to a cache for an hour."
    )
    per_call_usd: Amount = Field(default=0.0, description="US dollars for the mere call, e.g. of an image.")
    batch_factor: Share = Field(
        default=1.0, description="What a row of a batch costs, as a share of the price above."
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
    purpose: Literal["text", "embedding", "image", "speech", "transcription", "moderation", "rerank"] = Field(
        default="text", description="What the model answers with: text, vectors, pictures, and so on."
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


class Target(Section):
    """One more model that may answer for a route."""

    model: Name = Field(description="A name of `models`.")
    weight: Positive = Field(default=1.0, description="Its part of the traffic among targets of its tier.")
    tier: Count = Field(
        default=1, description="0 shares the traffic with the route's own model; 1 and up step in, in order."
    )


class Balance(Section):
    """How calls are spread over the targets of one tier; sick targets get none."""

    strategy: Literal["weighted", "least_outstanding", "first_byte"] = Field(
        default="weighted",
        description="By weight, to the least busy, or to the one that began to answer fastest of two drawn.",
    )
    weight: Positive = Field(default=1.0, description="Weight of the route's own model.")
    stick: Literal["none", "session"] = Field(
        default="none", description="Whether calls of one session stay with one target while it is well."
    )


class Retry(Section):
    """Trying again, before the first byte only, within the retry share of each upstream."""

    attempts: AtLeastOne = Field(default=3, description="Most attempts of one call, over all targets.")
    first_delay_s: Amount = Field(
        default=0.1, description="Longest pause before the first retry, in seconds; doubled each time."
    )
    longest_delay_s: Positive = Field(
        default=2.0,
        description="Longest pause before a retry, in seconds, also where the upstream asks for more.",
    )


class Hedge(Section):
    """A second target is asked when the first is slow, and the faster answer is taken; both are paid."""

    after_s: Positive = Field(description="Silence after which the second target is asked, in seconds.")
    share: Share = Field(default=0.05, description="Most calls that may be asked twice, as a share.")


class SemanticCache(Section):
    """Answers to questions that mean the same are used again."""

    embedding: Text = Field(default="bge-small-en-v1.5-int8", description="A name of `models.toml`.")
    floor: Share = Field(default=0.95, description="Least cosine similarity of two questions.")
    hold_out: Share = Field(
        default=0.05, description="Share of hits that ask the model all the same, to measure false hits."
    )
    false_hits_max: Share = Field(
        default=0.05, description="Most of these whose two answers may differ, as a share (PERF-07)."
    )


class Route(Section):
    """One entry of `routes`: what a caller names as `model`."""

    endpoint: Literal["chat", "embeddings", "images", "speech", "transcriptions", "moderations", "rerank"] = (
        Field(
            default="chat",
            description="What the route serves; `chat` answers chat completions, completions, responses and messages.",
        )
    )
    model: Name = Field(description="A name of `models`.")
    targets: list[Target] = Field(default=[], description="Further models that may answer.")
    balance: Balance = Field(default=Balance(), description="How calls are spread over targets.")
    retry: Retry = Field(default=Retry(), description="How failed attempts are repeated.")
    hedge: Hedge | None = Field(default=None, description="Whether slow answers are asked for twice.")
    resume: bool = Field(
        default=False,
        description="Whether a stream that breaks in the middle goes on once, at a target that can continue a text."
        " Answers with tools, `n`, log-probabilities or a form never do.",
    )
    first_byte_s: Positive = Field(
        default=30.0,
        description="Longest silence before a streamed answer begins, in seconds; anew with each attempt.",
    )
    idle_s: Positive = Field(
        default=30.0, description="Longest silence within a streamed answer, in seconds."
    )
    urgency: Literal["interactive", "deferrable"] = Field(
        default="interactive", description="Urgency of calls that do not name theirs."
    )
    prompt: Text | None = Field(default=None, description="`name` or `name@version` of a file in `prompts/`.")
    free_system_prompt: bool = Field(default=False, description="Whether callers may send system messages.")
    knowledge: RouteKnowledge | None = Field(
        default=None, description="The knowledge that answers are grounded in."
    )
    max_output_tokens: AtLeastOne = Field(default=512, description="Cap on every answer (PERF-10).")
    timeout_s: Positive = Field(default=60.0, description="Deadline of a call, in seconds.")
    cache: Literal["off", "exact", "semantic"] = Field(
        default="off", description="Whether identical, or also similar, requests are answered from the cache."
    )
    semantic: SemanticCache = Field(
        default=SemanticCache(), description="How similar questions are found; for `cache: semantic`."
    )
    cache_ttl_s: Positive = Field(
        default=3600.0, description="How long a cached answer may be used, in seconds."
    )
    disclosure: Disclosure = Field(default=Disclosure(), description="How callers learn that an AI answers.")
    unsupported_fields: Literal["reject", "drop_with_header", "emulate"] = Field(
        default="drop_with_header",
        description="Whether request fields that the upstream cannot take are refused, left out and named in a header,"
        " or emulated where that is possible and else left out.",
    )
    unpriced: Literal["deny", "cap", "allow"] = Field(
        default="deny",
        description="Whether a model without a known price is refused, counted at `unpriced_usd` a call, or called.",
    )
    unpriced_usd: Positive = Field(
        default=0.05, description="What a call of an unpriced model counts in budgets, for `unpriced: cap`."
    )
    at_cap: Literal["refuse", "cut"] = Field(
        default="refuse",
        description="Whether a budget that is used up refuses new calls only, or cuts running streams, too.",
    )
    deterministic: bool = Field(default=False, description="Temperature 0 and a seed are set when not given.")
    no_drills: bool = Field(default=False, description="No drill ever touches calls of this route.")
