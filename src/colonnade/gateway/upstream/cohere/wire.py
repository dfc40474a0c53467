"""What Cohere sends, as far as it is read (API version 2). Counts are floats on this wire."""

from __future__ import annotations

from typing import Any

import msgspec


class Counts(msgspec.Struct):
    """Tokens as they were read and written, or as they are billed."""

    input_tokens: float | None = None
    output_tokens: float | None = None


class Usage(msgspec.Struct):
    """What an answer used; `billed_units` leave out what Cohere adds to the prompt itself."""

    billed_units: Counts | None = None
    tokens: Counts | None = None
    cached_tokens: float | None = None


class Function(msgspec.Struct):
    """What a tool call names; in streams it arrives in pieces."""

    name: str | None = None
    arguments: str | None = None


class ToolCall(msgspec.Struct):
    """One tool call, or a piece of it."""

    id: str = ""
    function: Function | None = None


class Part(msgspec.Struct):
    """A part of the content: text, or thinking."""

    type: str = ""
    text: str | None = None
    thinking: str | None = None


class Message(msgspec.Struct):
    """The message of a whole answer."""

    content: list[Part] | None = None
    tool_calls: list[ToolCall] | None = None
    tool_plan: str | None = None
    citations: list[Any] | None = None


class Chat(msgspec.Struct):
    """A whole answer."""

    id: str
    finish_reason: str
    message: Message
    usage: Usage | None = None


class Piece(msgspec.Struct):
    """What one event adds to the message: one part, one call, one citation."""

    content: Part | None = None
    tool_calls: ToolCall | None = None
    tool_plan: str | None = None
    citations: Any = None


class Delta(msgspec.Struct):
    """What one event brings."""

    message: Piece | None = None
    finish_reason: str | None = None
    usage: Usage | None = None
    error: str | None = None


class Event(msgspec.Struct):
    """One event of a stream; what it brings is read by its type, because the first event brings another shape."""

    type: str
    id: str | None = None
    delta: msgspec.Raw = msgspec.Raw()


class Vectors(msgspec.Struct, rename={"floats": "float"}):
    """Vectors in the form that was asked for; their numbers are passed on without being read."""

    floats: list[msgspec.Raw] | None = None
    base64: list[msgspec.Raw] | None = None


class Embedded(msgspec.Struct):
    """An answer of `/embed`."""

    id: str
    embeddings: Vectors
    meta: Usage | None = None


class Ranked(msgspec.Struct):
    """One document's place in a ranking."""

    index: int
    relevance_score: float


class Ranking(msgspec.Struct):
    """An answer of `/rerank`, best first."""

    results: list[Ranked]
    id: str = ""
    meta: dict[str, Any] | None = None


class Refusal(msgspec.Struct):
    """The body of a status outside 2xx. The message is read for known beginnings, and never passed on."""

    message: str = ""


chat = msgspec.json.Decoder(Chat).decode
event = msgspec.json.Decoder(Event).decode
delta = msgspec.json.Decoder(Delta).decode
embedded = msgspec.json.Decoder(Embedded).decode
ranking = msgspec.json.Decoder(Ranking).decode
refusal = msgspec.json.Decoder(Refusal).decode
