"""An answer that the gateway gives itself has the shape of a model's: whole or streamed, with zero usage."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec

from colonnade.gateway.call import Call, Reply

_DONE = b"data: [DONE]\n\n"
_NO_USAGE = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def canned_reply(call: Call, text: str) -> Reply:
    """A chat completion that says `text`, in the form that the call asked for."""
    if call.stream:
        return Reply(chunks=_stream(call, text))
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text, "refusal": None},
        "logprobs": None,
        "finish_reason": "stop",
    }
    body = {**_frame(call, "chat.completion"), "choices": [choice], "usage": _NO_USAGE}
    return Reply(body=msgspec.json.encode(body))


async def _stream(call: Call, text: str) -> AsyncIterator[bytes]:
    for event in _events(call, text):
        yield b"data: " + msgspec.json.encode(event) + b"\n\n"
    yield _DONE


def _events(call: Call, text: str) -> Iterator[dict[str, Any]]:
    frame = _frame(call, "chat.completion.chunk")
    options = call.request.get("stream_options")
    with_usage = isinstance(options, dict) and options.get("include_usage") is True
    extra = {"usage": None} if with_usage else {}
    for delta, finish in (
        ({"role": "assistant", "content": ""}, None),
        ({"content": text}, None),
        ({}, "stop"),
    ):
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        yield {**frame, "choices": [choice], **extra}
    if with_usage:
        yield {**frame, "choices": [], "usage": _NO_USAGE}


def _frame(call: Call, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{call.id}",
        "object": kind,
        "created": int(call.received_at),
        "model": call.model,
    }
