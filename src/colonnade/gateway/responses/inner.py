"""The fields of the gateway's own form that a response is made of, whole or in differences."""

from __future__ import annotations

from typing import Any

import msgspec

from colonnade.gateway import events
from colonnade.gateway.unreadable import malformed


class Function(msgspec.Struct, gc=False):
    """What a tool call names."""

    name: str | None = None
    arguments: str | None = None


class ToolCall(msgspec.Struct, gc=False):
    """One tool call, or a piece of it; whole answers name no index."""

    index: int | None = None
    id: str | None = None
    function: Function | None = None


class Said(msgspec.Struct):
    """A message, or the difference that one event brings. Providers name reasoning in two ways."""

    content: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: Any = None
    tool_calls: list[ToolCall] | None = None
    annotations: list[Any] | None = None


class Logprobs(msgspec.Struct):
    """Log-probabilities of the tokens of the text."""

    content: list[Any] | None = None


class Choice(msgspec.Struct):
    """One choice of an answer or of an event."""

    index: int = 0
    message: Said | None = None
    delta: Said | None = None
    logprobs: Logprobs | None = None


class Document(msgspec.Struct):
    """A whole answer, or one event of a stream."""

    choices: list[Choice] | None = None
    model: str | None = None


_document = msgspec.json.Decoder(Document).decode
_documents = msgspec.json.Decoder(list[Document]).decode


def whole(body: bytes) -> Document:
    """A whole answer; raises UpstreamFailed where it is none."""
    try:
        return _document(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise malformed("The upstream answered something that is no answer.") from error


def pieces(block: bytes) -> list[Document]:
    """The events of a block of whole events; raises UpstreamFailed where one is none."""
    try:
        return _documents(events.array([block]))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise malformed("The upstream sent an event that is no part of an answer.") from error
