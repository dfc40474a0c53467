"""The events of a streamed response, each a struct whose tag is the event's name."""

from __future__ import annotations

from typing import Any

import msgspec

from colonnade.gateway.responses.wire import Item, OutputText, Refusal, Response, SummaryText

_encode = msgspec.json.Encoder().encode


class Event(msgspec.Struct, kw_only=True, tag_field="type"):
    """What all events have; the writer numbers them."""

    sequence_number: int = 0


class Created(Event, tag="response.created"):
    """The first event."""

    response: Response


class InProgress(Event, tag="response.in_progress"):
    """The model answers."""

    response: Response


class Completed(Event, tag="response.completed"):
    """The last event of a complete answer."""

    response: Response


class Incomplete(Event, tag="response.incomplete"):
    """The last event of an answer that a limit or a filter ended."""

    response: Response


class Failed(Event, tag="response.failed"):
    """The last event of an answer that broke off."""

    response: Response


class ItemAdded(Event, tag="response.output_item.added"):
    """An item begins."""

    output_index: int
    item: Item


class ItemDone(Event, tag="response.output_item.done"):
    """An item is whole."""

    output_index: int
    item: Item


class _OfItem(Event, kw_only=True):
    item_id: str
    output_index: int


class _OfPart(_OfItem, kw_only=True):
    content_index: int


class PartAdded(_OfPart, tag="response.content_part.added"):
    """A part of a message begins."""

    part: OutputText | Refusal


class PartDone(_OfPart, tag="response.content_part.done"):
    """A part of a message is whole."""

    part: OutputText | Refusal


class TextDelta(_OfPart, tag="response.output_text.delta"):
    """More text."""

    delta: str
    logprobs: list[Any]


class TextDone(_OfPart, tag="response.output_text.done"):
    """The text is whole."""

    text: str
    logprobs: list[Any]


class AnnotationAdded(_OfPart, tag="response.output_text.annotation.added"):
    """The text was annotated, e.g. with the address that it cites."""

    annotation_index: int
    annotation: Any


class RefusalDelta(_OfPart, tag="response.refusal.delta"):
    """More of a refusal."""

    delta: str


class RefusalDone(_OfPart, tag="response.refusal.done"):
    """The refusal is whole."""

    refusal: str


class ArgumentsDelta(_OfItem, tag="response.function_call_arguments.delta"):
    """More of a tool's arguments."""

    delta: str


class ArgumentsDone(_OfItem, tag="response.function_call_arguments.done"):
    """The arguments are whole."""

    name: str
    arguments: str


class _OfSummary(_OfItem, kw_only=True):
    summary_index: int = 0


class SummaryPartAdded(_OfSummary, tag="response.reasoning_summary_part.added"):
    """Reasoning begins to be told."""

    part: SummaryText


class SummaryPartDone(_OfSummary, tag="response.reasoning_summary_part.done"):
    """The reasoning was told."""

    part: SummaryText


class SummaryDelta(_OfSummary, tag="response.reasoning_summary_text.delta"):
    """More reasoning."""

    delta: str


class SummaryDone(_OfSummary, tag="response.reasoning_summary_text.done"):
    """The reasoning is whole."""

    text: str


def written(event: Event) -> bytes:
    """The event as a server sends it."""
    name = str(event.__struct_config__.tag)
    return b"event: " + name.encode() + b"\ndata: " + _encode(event) + b"\n\n"
