"""The few fields of OpenAI's answers that the gateway reads; everything else passes as it came.

Decoding is lenient where a provider may differ and strict where an answer would be no answer. The structs are
kept out of the garbage collector: they come by the dozen, and cannot form cycles.
"""

from __future__ import annotations

from typing import Any

import msgspec

from colonnade.errors import CallError


class Function(msgspec.Struct, gc=False):
    """What a tool call names; in streams it arrives in pieces."""

    name: str | None = None
    arguments: str | None = None


class ToolCall(msgspec.Struct, gc=False):
    """One tool call, or a piece of it."""

    index: int = 0
    function: Function | None = None


class Message(msgspec.Struct, gc=False):
    """A message of a whole answer, or the difference that one event of a stream brings."""

    content: str | None = None
    refusal: str | None = None
    tool_calls: list[ToolCall] | None = None


class Choice(msgspec.Struct, gc=False):
    """One choice of an answer or of an event."""

    index: int = 0
    message: Message | None = None
    delta: Message | None = None
    finish_reason: str | None = None


class Document(msgspec.Struct, gc=False):
    """A whole answer, or one event of a stream."""

    choices: list[Choice] | None = None
    model: str | None = None
    usage: msgspec.Raw = msgspec.Raw()
    error: msgspec.Raw = msgspec.Raw()


document = msgspec.json.Decoder(Document).decode
documents = msgspec.json.Decoder(list[Document]).decode


def error_object(error: CallError) -> dict[str, Any]:
    """The error in OpenAI's shape."""
    detail = {"message": error.message, "type": error.type, "param": error.param, "code": error.code}
    return {"error": detail}


def error_body(error: CallError) -> bytes:
    """The JSON body that answers a call with `error`."""
    return msgspec.json.encode(error_object(error))


def error_event(error: CallError) -> bytes:
    """The event that ends a stream with `error`; no `[DONE]` follows it."""
    return b"data: " + error_body(error) + b"\n\n"
