"""A `Call` is one request on its way through the stages; a `Reply` is what goes back.

Stages read and write named fields, so what a stage leaves is visible here. All are structs, which are made in a third
of a dataclass's time; those that hold no containers are kept out of the garbage collector. A list that is the default
of a field is made anew for each object.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Literal

import msgspec

from colonnade.evidence.request import DecisionLine
from colonnade.gateway.dialect import OPENAI, Dialect
from colonnade.gateway.multipart import FilePart
from colonnade.gateway.resources import Resources
from colonnade.gateway.watch import Watch
from colonnade.workload.sections.serving import ModelBinding, Route

Endpoint = Literal[
    "chat", "embeddings", "images", "speech", "transcriptions", "moderations", "rerank", "models"
]
"""What kind of work a call is; `chat` is spoken in several dialects (`gateway/dialects/`)."""

Urgency = Literal["interactive", "deferrable"]


class Identity(msgspec.Struct, frozen=True):
    """Who calls: the key's id (never the key), its role, and its labels."""

    key_id: str
    role: str
    labels: dict[str, str]


class Usage(msgspec.Struct, gc=False):
    """Disjoint token counts: they sum to `total`, no token is counted twice.

    `cache_write` are tokens written for five minutes, `cache_write_1h` for an hour. `reported` is False where the
    upstream named no usage and the counts are estimates. `provider_usd` is a cost that the upstream named itself.
    """

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
    reported: bool = False
    provider_usd: float | None = None

    @property
    def input(self) -> int:
        """All input tokens, cached or not."""
        cached = self.cache_read + self.cache_write + self.cache_write_1h
        return self.fresh_input + cached + self.audio_input + self.image_input

    @property
    def total(self) -> int:
        """All tokens."""
        return self.input + self.output + self.reasoning + self.audio_output + self.image_output


class Source(msgspec.Struct, frozen=True, gc=False):
    """A passage that was given to the model: resolvable to document, version and place."""

    id: str
    document: str
    document_version: str
    generation: str
    passage: str
    score: float


class Money(msgspec.Struct, frozen=True, gc=False):
    """The cost of a call in US dollars. `known` is False where no price was found; `usd` is then what is assumed of it.

    `estimated_usd` is what our own prices say of an answer whose upstream named its cost, which wins. `lost_usd` and
    `lost_tokens` are the part of attempts whose answers were not taken: failed, retried, hedged. It is in `usd`, too.
    """

    usd: float
    known: bool
    source: str
    as_of: str
    estimated_usd: float | None = None
    lost_usd: float = 0.0
    lost_tokens: int = 0


class Footprint(msgspec.Struct, frozen=True, gc=False):
    """Energy (Wh) and carbon (gCO2e) of a call as ranges, with method and evidence tier.

    `tier`: `metered`, `provider_reported`, `modelled_open` or `modelled_closed`.
    """

    energy_min_wh: float
    energy_max_wh: float
    carbon_min_g: float
    carbon_max_g: float
    method: str
    tier: str
    region: str


class Saved(msgspec.Struct, frozen=True, gc=False):
    """What a cache hit did not cost: tokens, US dollars, milliseconds and Wh of the answer when it was first made."""

    tokens: int
    usd: float
    ms: float
    energy_wh: float


class Try(msgspec.Struct, frozen=True, gc=False):
    """One attempt of a call: which binding and upstream, what came of it (empty: it answered), and how long.

    `usage` is what the upstream says it used, where its answer was not taken.
    """

    binding: str
    upstream: str
    error: str
    ms: float
    usage: Usage | None = None


class Call(msgspec.Struct):
    """One request. Fields are grouped by the stage that fills them."""

    # server
    id: str
    endpoint: Endpoint
    received_at: float  # seconds since the epoch
    started: float  # loop time, for durations
    authorization: str | None
    headers: dict[bytes, bytes]
    body: bytes
    stream: bool = False
    dialect: Dialect = OPENAI  # how the caller speaks; stages see the gateway's own form only
    content_type: bytes = b"application/json"
    path: str = ""
    batch: str = ""  # id of the batch whose row this is
    row: int = 0  # its line, counted from 1
    # read: the request as parsed JSON in the form of the endpoint; unknown fields stay in it and travel on
    request: dict[str, Any] = {}
    files: tuple[FilePart, ...] = ()  # of a form; `request` has their names, sizes and digests only
    model: str = ""
    spoken: Any = (
        None  # what the dialect remembers of the request for its answer; other stages leave it alone
    )
    # identify
    identity: Identity | None = None
    # direct: the route that the request named and what it is bound to
    route_name: str = ""
    route: Route | None = None
    binding_name: str = ""
    binding: ModelBinding | None = None
    urgency: Urgency = "interactive"
    # deadline (loop time)
    deadline: float = 0.0
    # render; `unrendered` is the request as the caller gave it, None where nothing was rendered around it
    prompt_name: str = ""
    prompt_version: str = ""
    question: str = ""
    unrendered: dict[str, Any] | None = None
    # retrieve
    sources: tuple[Source, ...] = ()
    generation: str = ""
    nothing_found: bool = False
    # cache: "off", "bypass", "miss", "hit", "shared", "similar"; "agreed" and "differed": a similar answer was held
    # back, the model asked, and the two compared
    cache: str = "off"
    saved: Saved | None = None
    # limits and budgets: the upper bound that was reserved
    reserved_usd: float = 0.0
    reserved_tokens: int = 0
    # attempt; each sets `binding` to the one it asks
    upstream: str = ""
    attempts: int = 0
    tried: list[Try] = []
    first_byte_by: float = 0.0  # loop time by which the attempt under way must begin to answer; 0: no limit
    answered_by: str = ""  # model id named in the upstream's answer
    # meter: what a call cost that came to no answer
    lost: Money | None = None
    # disclose
    disclosed: bool = False
    # story, response headers and clean-up
    decisions: list[DecisionLine] = []
    reply_headers: list[tuple[bytes, bytes]] = []
    dropped_fields: tuple[str, ...] = ()
    resources: Resources = msgspec.field(default_factory=Resources)
    now: Callable[[], float] = lambda: 0.0
    watch: Watch | None = None  # ends the call early: the caller left, or a limit passed

    def decide(self, stage: str, what: str) -> None:
        """Write one line of the call's story; free of prompts, answers and keys."""
        self.decisions.append(DecisionLine(stage, what, (self.now() - self.started) * 1000.0))


class Reply(msgspec.Struct):
    """What goes back to the caller, whole (`body`) or streamed (`chunks`, raw SSE bytes).

    A stream carries events of the caller's dialect, each ending in a blank line, and `data: [DONE]` last
    only after a complete answer. `usage`, `finish` and `text` are filled from the bytes that pass
    (`gateway/streams.py`), before the closing callbacks run. `understood` says that they are filled already;
    a stage that changes `body` afterwards keeps them right or sets it back to False.
    `refused` says that the model declined, in the field that is meant for it.
    `error` is empty or the code of what ended the answer early, `client_gone` where the caller left.
    """

    status: int = 200
    body: bytes = b""
    content_type: bytes = b"application/json"
    chunks: AsyncIterator[bytes] | None = None
    usage: Usage = msgspec.field(default_factory=Usage)
    finish: str = ""
    text: str = ""
    refused: bool = False
    error: str = ""
    complete: bool = False
    resumed: bool = False  # the stream broke, and another attempt went on with it
    understood: bool = False
    first_byte_ms: float | None = None
    money: Money | None = None
    footprint: Footprint | None = None
    closing: list[Callable[[Reply], Awaitable[None] | None]] = []

    def on_close(self, callback: Callable[[Reply], Awaitable[None] | None]) -> None:
        """Run `callback` when the answer is known whole and *before its last byte is released*; what waits is awaited.

        Callbacks run in order of registration. Stages register after `forward` returned, so inner stages come
        first: the meter before the journal, which closes last; what a callback registers runs after them all. All run also when the stream failed or the caller
        left, then with `complete` False. An exception in one answers the call with an error.
        """
        self.closing.append(callback)


Forward = Callable[[Call], Awaitable[Reply]]
