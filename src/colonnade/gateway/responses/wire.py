"""What the Responses API answers with: the response and its output items, as OpenAI's clients read them."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from colonnade.gateway.call import Usage

Status = Literal["in_progress", "completed", "incomplete", "failed", "cancelled"]
"""`incomplete`: a limit or a filter ended the answer; `failed`: it broke off; `cancelled`: the caller left."""

ItemStatus = Literal["in_progress", "completed", "incomplete"]


class OutputText(msgspec.Struct, tag="output_text", tag_field="type"):
    """Words of an answer. Annotations and log-probabilities are passed as the model's provider wrote them."""

    text: str
    annotations: list[Any]
    logprobs: list[Any]


class Refusal(msgspec.Struct, tag="refusal", tag_field="type"):
    """Words with which a model declines."""

    refusal: str


class MessageItem(msgspec.Struct, tag="message", tag_field="type"):
    """A message of the model's."""

    id: str
    status: ItemStatus
    content: list[OutputText | Refusal]
    role: str = "assistant"


class FunctionCallItem(msgspec.Struct, tag="function_call", tag_field="type"):
    """A tool that the model wants called."""

    id: str
    call_id: str
    name: str
    arguments: str
    status: ItemStatus


class SummaryText(msgspec.Struct, tag="summary_text", tag_field="type"):
    """What a model thought, in words."""

    text: str


class ReasoningItem(msgspec.Struct, tag="reasoning", tag_field="type"):
    """The reasoning that went before an answer."""

    id: str
    summary: list[SummaryText]
    status: ItemStatus


Item = MessageItem | FunctionCallItem | ReasoningItem


class Failure(msgspec.Struct):
    """Why a response failed."""

    code: str
    message: str


class IncompleteDetails(msgspec.Struct):
    """Why a response is incomplete: `max_output_tokens` or `content_filter`."""

    reason: str


class InputDetails(msgspec.Struct):
    """Tokens of the input that were read from a cache, and written to one."""

    cached_tokens: int
    cache_write_tokens: int


class OutputDetails(msgspec.Struct):
    """Tokens of the output that were spent on reasoning."""

    reasoning_tokens: int


class UsageShown(msgspec.Struct):
    """Token counts as OpenAI overlaps them: details are parts of their sums."""

    input_tokens: int
    input_tokens_details: InputDetails
    output_tokens: int
    output_tokens_details: OutputDetails
    total_tokens: int


class Response(msgspec.Struct, kw_only=True):
    """One response; most fields repeat what was asked."""

    id: str
    object: str = "response"
    created_at: int
    status: Status = "in_progress"
    background: bool = False
    completed_at: int | None = None
    error: Failure | None = None
    incomplete_details: IncompleteDetails | None = None
    instructions: str | None
    max_output_tokens: Any
    max_tool_calls: Any
    metadata: dict[str, str]
    model: str
    output: list[Item] = []
    parallel_tool_calls: bool
    previous_response_id: str | None
    prompt_cache_key: Any
    reasoning: dict[str, Any]
    safety_identifier: Any
    service_tier: Any
    store: bool
    temperature: Any
    text: dict[str, Any]
    tool_choice: Any
    tools: list[Any]
    top_logprobs: Any
    top_p: Any
    truncation: str
    usage: UsageShown | None = None
    user: Any


def shown(usage: Usage) -> UsageShown:
    """Disjoint counts as OpenAI shows them."""
    written = usage.cache_write + usage.cache_write_1h
    return UsageShown(
        input_tokens=usage.input,
        input_tokens_details=InputDetails(usage.cache_read, written),
        output_tokens=usage.total - usage.input,
        output_tokens_details=OutputDetails(usage.reasoning),
        total_tokens=usage.total,
    )
