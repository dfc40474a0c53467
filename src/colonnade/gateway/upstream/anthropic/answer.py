"""A whole answer of Anthropic becomes a chat completion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from colonnade.gateway.unreadable import UNREADABLE, malformed
from colonnade.gateway.upstream.anthropic import wire
from colonnade.gateway.upstream.anthropic.errors import said_of
from colonnade.gateway.upstream.anthropic.messages import KNOWN
from colonnade.gateway.upstream.anthropic.usage import inner_usage
from colonnade.gateway.upstream.inner import completion

_FINISHES: Final[Mapping[str, str]] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


def finish_of(stop_reason: str | None, stop_sequence: str | None) -> tuple[str, dict[str, Any]]:
    """The finish in OpenAI's words, and Anthropic's own words for whoever needs to tell them apart.

    Raises:
        UpstreamFailed: the answer does not say why it ended.
    """
    if stop_reason is None:
        raise malformed("The upstream finished no choice.")
    own = {"native_finish_reason": stop_reason}
    return _FINISHES.get(stop_reason, "stop"), own | (
        {"stop_sequence": stop_sequence} if stop_sequence else {}
    )


def thought(block: wire.Block) -> dict[str, str]:
    """A block of thinking as it must be sent back; the signature proves that it was not changed."""
    if block.type == "redacted_thinking":
        return {"type": block.type, "data": block.data}
    return {"type": block.type, "thinking": block.thinking, "signature": block.signature}


def completion_of(body: bytes) -> bytes:
    """The body of the chat completion; where it has blocks of Anthropic's own, all are kept in `content_blocks`.

    Raises:
        CallError: the body is no message; what it says where it is an error.
    """
    try:
        message = wire.message(body)
        said = [wire.block(raw) for raw in message.content]
    except UNREADABLE as error:
        raise said_of(body) or malformed("The upstream answered something that is no answer.") from error
    finish, own = finish_of(message.stop_reason, message.stop_sequence)
    spoken = _message(said)
    if any(block.type not in KNOWN for block in said):
        spoken["content_blocks"] = message.content
    return completion(message.id, message.model, spoken, finish, inner_usage(message.usage), **own)


def _message(said: list[wire.Block]) -> dict[str, Any]:
    texts = [block.text for block in said if block.type == "text"]
    thoughts = [block for block in said if block.type in {"thinking", "redacted_thinking"}]
    called = [_tool_call(block) for block in said if block.type == "tool_use"]
    cited = [citation for block in said for citation in block.citations or ()]
    message: dict[str, Any] = {
        "role": "assistant",
        "content": "".join(texts) if texts or not called else None,
    }
    if thoughts:
        message["reasoning_content"] = "".join(block.thinking for block in thoughts)
        message["thinking_blocks"] = [thought(block) for block in thoughts]
    return message | ({"tool_calls": called} if called else {}) | ({"citations": cited} if cited else {})


def _tool_call(block: wire.Block) -> dict[str, Any]:
    arguments = msgspec.json.encode(block.input or {}).decode()
    return {"id": block.id, "type": "function", "function": {"name": block.name, "arguments": arguments}}
