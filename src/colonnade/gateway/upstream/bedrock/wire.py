"""What Converse sends, as far as it is read (Bedrock runtime API of 2023-09-30).

Blocks of an answer stay raw, because new kinds of them are added. An event is the union that the API describes, with
exceptions in the field `failure` (`frames.py` writes it so).
"""

from __future__ import annotations

from typing import Any

import msgspec


class CacheDetail(msgspec.Struct, rename="camel"):
    """Tokens written to the cache for `5m` or `1h`."""

    ttl: str = "5m"
    input_tokens: int = 0


class Usage(msgspec.Struct, rename="camel"):
    """Disjoint input counts."""

    input_tokens: int
    output_tokens: int
    total_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_write_input_tokens: int | None = None
    cache_details: list[CacheDetail] | None = None


class ToolUse(msgspec.Struct, rename="camel"):
    """A call of a tool; in streams its input comes as pieces of text."""

    tool_use_id: str
    name: str
    input: Any = None


class ReasoningText(msgspec.Struct):
    """What was thought; the signature proves that it was not changed."""

    text: str = ""
    signature: str = ""


class Reasoning(msgspec.Struct, rename="camel"):
    """Thoughts, or thoughts that only the model can read."""

    reasoning_text: ReasoningText | None = None
    redacted_content: str | None = None


class CitedText(msgspec.Struct):
    """A piece of text that sources are named for."""

    text: str = ""


class Cited(msgspec.Struct):
    """Text with its sources."""

    content: list[CitedText] = []
    citations: list[Any] = []


class Source(msgspec.Struct):
    """Bytes in base64."""

    bytes: str | None = None


class Picture(msgspec.Struct):
    """A picture that the model made."""

    format: str
    source: Source


class Block(msgspec.Struct, rename="camel"):
    """One part of an answer; one of the fields is there."""

    text: str | None = None
    tool_use: ToolUse | None = None
    reasoning_content: Reasoning | None = None
    citations_content: Cited | None = None
    image: Picture | None = None


class Message(msgspec.Struct):
    """What the model says."""

    content: list[msgspec.Raw]


class Output(msgspec.Struct):
    """The message."""

    message: Message


class Answer(msgspec.Struct, rename="camel"):
    """A whole answer."""

    output: Output
    stop_reason: str
    usage: Usage | None = None


class Start(msgspec.Struct, rename="camel"):
    """How a block begins; text begins without saying so."""

    tool_use: ToolUse | None = None


class BlockStart(msgspec.Struct, rename="camel"):
    """A block begins."""

    start: Start
    content_block_index: int = 0


class Input(msgspec.Struct):
    """A piece of the JSON text of a tool's input."""

    input: str = ""


class ReasoningDelta(msgspec.Struct, rename="camel"):
    """A piece of thoughts, their signature, or thoughts that only the model can read."""

    text: str = ""
    signature: str = ""
    redacted_content: str | None = None


class Delta(msgspec.Struct, rename="camel"):
    """What one event adds to a block; one of the fields is there."""

    text: str | None = None
    tool_use: Input | None = None
    reasoning_content: ReasoningDelta | None = None
    citation: msgspec.Raw = msgspec.Raw()


class BlockDelta(msgspec.Struct, rename="camel"):
    """A block goes on."""

    delta: msgspec.Raw
    content_block_index: int = 0


class BlockStop(msgspec.Struct, rename="camel"):
    """A block ends."""

    content_block_index: int = 0


class MessageStop(msgspec.Struct, rename="camel"):
    """Why the answer ended."""

    stop_reason: str


class Metadata(msgspec.Struct):
    """The last event: what was used."""

    usage: Usage | None = None


class Failure(msgspec.Struct):
    """What an exception says. The message is read for known words, and never passed on."""

    message: str = ""


class Event(msgspec.Struct, rename="camel"):
    """One event of a stream; one of the fields is there. `kind` names the exception of a `failure`."""

    content_block_start: BlockStart | None = None
    content_block_delta: BlockDelta | None = None
    content_block_stop: BlockStop | None = None
    message_stop: MessageStop | None = None
    metadata: Metadata | None = None
    failure: Failure | None = None
    kind: str = ""


class Refusal(msgspec.Struct):
    """The body of a status outside 2xx."""

    message: str = ""
    type: str = msgspec.field(name="__type", default="")


answer = msgspec.json.Decoder(Answer).decode
block = msgspec.json.Decoder(Block).decode
delta = msgspec.json.Decoder(Delta).decode
event = msgspec.json.Decoder(Event).decode
refusal = msgspec.json.Decoder(Refusal).decode
