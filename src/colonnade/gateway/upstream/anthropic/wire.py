"""What Anthropic sends, as far as it is read (API version 2023-06-01).

Fields and events that are not named here may be added by Anthropic at any time, and are passed over.
"""

from __future__ import annotations

from typing import Any

import msgspec


class CacheCreation(msgspec.Struct):
    """Tokens written to the cache, by how long they stay."""

    ephemeral_5m_input_tokens: int = 0
    ephemeral_1h_input_tokens: int = 0


class OutputDetails(msgspec.Struct):
    """What part of the output was thinking."""

    thinking_tokens: int = 0


class Usage(msgspec.Struct):
    """Disjoint input counts; the output holds the thinking. Absent counts of a later event keep their value."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation: CacheCreation | None = None
    output_tokens_details: OutputDetails | None = None


class Block(msgspec.Struct):
    """One part of an answer's content; which fields it has depends on its type."""

    type: str
    text: str = ""
    thinking: str = ""
    signature: str = ""
    data: str = ""
    id: str = ""
    name: str = ""
    input: dict[str, Any] | None = None
    citations: list[Any] | None = None


class Message(msgspec.Struct):
    """A whole answer, or the beginning of a streamed one."""

    id: str
    model: str
    content: list[msgspec.Raw]
    usage: Usage = msgspec.field(default_factory=Usage)
    stop_reason: str | None = None
    stop_sequence: str | None = None


class Delta(msgspec.Struct):
    """What one event adds to a block, or to the message."""

    type: str = ""
    text: str = ""
    thinking: str = ""
    signature: str = ""
    partial_json: str = ""
    citation: Any = None
    stop_reason: str | None = None
    stop_sequence: str | None = None


class Error(msgspec.Struct):
    """Why something failed. The message is read for known beginnings, and never passed on."""

    type: str = ""
    message: str = ""


class Event(msgspec.Struct):
    """One event of a stream."""

    type: str
    index: int = 0
    message: Message | None = None
    content_block: msgspec.Raw = msgspec.Raw()
    delta: Delta | None = None
    usage: Usage | None = None
    error: Error | None = None


class Refusal(msgspec.Struct):
    """The body of a status outside 2xx."""

    error: Error


block = msgspec.json.Decoder(Block).decode
message = msgspec.json.Decoder(Message).decode
event = msgspec.json.Decoder(Event).decode
refusal = msgspec.json.Decoder(Refusal).decode
