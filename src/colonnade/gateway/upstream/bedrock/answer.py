"""A whole answer of Converse becomes a chat completion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from colonnade.errors import UpstreamFailed
from colonnade.gateway.unreadable import UNREADABLE, malformed
from colonnade.gateway.upstream.bedrock import wire
from colonnade.gateway.upstream.bedrock.errors import said_of
from colonnade.gateway.upstream.bedrock.usage import inner_usage
from colonnade.gateway.upstream.inner import completion

_FINISHES: Final[Mapping[str, str]] = {
    "end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "model_context_window_exceeded": "length",
    "tool_use": "tool_calls", "content_filtered": "content_filter", "guardrail_intervened": "content_filter",
}  # fmt: skip


def finish_of(stop_reason: str) -> tuple[str, dict[str, str]]:
    """The finish in OpenAI's words, and Bedrock's own word for whoever needs to tell them apart.

    Raises:
        UpstreamFailed: the model wrote what is no answer; another try may do better.
    """
    if stop_reason.startswith("malformed_"):
        raise UpstreamFailed("The model gave its answer up.", code=f"upstream_{stop_reason}")
    return _FINISHES.get(stop_reason, "stop"), {"native_finish_reason": stop_reason}


def answer_of(body: bytes, name: Mapping[str, str]) -> bytes:
    """The body of the chat completion; `name` has its `id` and `model`, which Converse names neither.

    Raises:
        CallError: the body is no answer, or an error, or the model gave up.
    """
    try:
        answer = wire.answer(body)
        message = _message(answer.output.message.content)
    except UNREADABLE as error:
        raise said_of(body) or malformed("The upstream answered something that is no answer.") from error
    finish, own = finish_of(answer.stop_reason)
    return completion(name["id"], name["model"], message, finish, inner_usage(answer.usage), **own)


def thought(text: str, signature: str) -> dict[str, str]:
    """Thoughts as they must be sent back."""
    return {"type": "thinking", "thinking": text, "signature": signature}


def redacted(data: str) -> dict[str, str]:
    """Thoughts that only the model can read."""
    return {"type": "redacted_thinking", "data": data}


class _Spoken:
    """The fields of the message, as its blocks fill them."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.thoughts: list[str] = []
        self.fields: dict[str, list[Any]] = {}

    def add(self, field: str, *values: Any) -> None:
        if values:
            self.fields.setdefault(field, []).extend(values)

    def take(self, raw: msgspec.Raw) -> None:
        block = wire.block(raw)
        if block.text is not None:
            self.texts.append(block.text)
        elif block.tool_use is not None:
            self.add("tool_calls", _tool_call(block.tool_use))
        elif block.reasoning_content is not None:
            self._reason(block.reasoning_content)
        elif block.citations_content is not None:
            self.texts += [each.text for each in block.citations_content.content]
            self.add("citations", *block.citations_content.citations)
        elif block.image is not None and block.image.source.bytes:
            self.add("images", _picture(block.image))
        else:
            self.add("content_parts", raw)

    def _reason(self, reasoning: wire.Reasoning) -> None:
        told = reasoning.reasoning_text
        if told is not None:
            self.thoughts.append(told.text)
            self.add("thinking_blocks", *([thought(told.text, told.signature)] if told.signature else []))
        if reasoning.redacted_content is not None:
            self.add("thinking_blocks", redacted(reasoning.redacted_content))


def _message(content: list[msgspec.Raw]) -> dict[str, Any]:
    """The message; blocks that the gateway's form has no place for are shown as they are in `content_parts`."""
    spoken = _Spoken()
    for raw in content:
        spoken.take(raw)
    text = "".join(spoken.texts)
    message = {"role": "assistant", "content": text if text or "tool_calls" not in spoken.fields else None}
    if spoken.thoughts:
        message["reasoning_content"] = "".join(spoken.thoughts)
    return message | spoken.fields


def _tool_call(used: wire.ToolUse) -> dict[str, Any]:
    arguments = msgspec.json.encode({} if used.input is None else used.input).decode()
    function = {"name": used.name, "arguments": arguments}
    return {"id": used.tool_use_id, "type": "function", "function": function}


def _picture(image: wire.Picture) -> dict[str, Any]:
    return {
        "type": "image_url",
        "image_url": {"url": f"data:image/{image.format};base64,{image.source.bytes}"},
    }
