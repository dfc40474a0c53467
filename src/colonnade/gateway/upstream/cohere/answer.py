"""A whole answer of Cohere's chat becomes a chat completion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from colonnade.gateway.unreadable import UNREADABLE, malformed
from colonnade.gateway.upstream.cohere import wire
from colonnade.gateway.upstream.cohere.errors import failed, said_of
from colonnade.gateway.upstream.inner import completion, usage_of

_FINISHES: Final[Mapping[str, str]] = {
    "COMPLETE": "stop",
    "STOP_SEQUENCE": "stop",
    "MAX_TOKENS": "length",
    "TOOL_CALL": "tool_calls",
}


def finish_of(finish_reason: str) -> tuple[str, dict[str, Any]]:
    """The finish in OpenAI's words, and Cohere's own word.

    Raises:
        UpstreamFailed: the answer ended with an error.
    """
    error = failed(finish_reason)
    if error is not None:
        raise error
    return _FINISHES.get(finish_reason, "stop"), {"native_finish_reason": finish_reason}


def inner_usage(usage: wire.Usage | None) -> dict[str, Any] | None:
    """What is billed, or else what was counted; None where Cohere says nothing."""
    counts = None if usage is None else usage.billed_units or usage.tokens
    if usage is None or counts is None or counts.input_tokens is None:
        return None
    given = int(counts.input_tokens)
    cached = min(int(usage.cached_tokens or 0), given)
    return usage_of(fresh=given - cached, cache_read=cached, output=int(counts.output_tokens or 0))


def completion_of(body: bytes, model: str) -> bytes:
    """The body of the chat completion. Cohere names no model: the one that was asked for is shown.

    Raises:
        UpstreamFailed: the body is no answer, or an answer that failed.
    """
    try:
        answer = wire.chat(body)
    except UNREADABLE as error:
        raise said_of(body) or malformed("The upstream answered something that is no answer.") from error
    finish, own = finish_of(answer.finish_reason)
    return completion(answer.id, model, _message(answer.message), finish, inner_usage(answer.usage), **own)


def _message(message: wire.Message) -> dict[str, Any]:
    parts = message.content or []
    called = [_tool_call(call) for call in message.tool_calls or []]
    text = "".join(part.text or "" for part in parts)
    further = {
        "reasoning_content": "".join(part.thinking or "" for part in parts),
        "tool_plan": message.tool_plan,
        "tool_calls": called,
        "citations": message.citations,
    }
    said = {"role": "assistant", "content": text if text or not called else None}
    return said | {name: value for name, value in further.items() if value}


def _tool_call(call: wire.ToolCall) -> dict[str, Any]:
    function = call.function or wire.Function()
    named = {"name": function.name or "", "arguments": function.arguments or "{}"}
    return {"id": call.id, "type": "function", "function": named}
