"""A whole answer of Gemini becomes a chat completion."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from colonnade.errors import UpstreamFailed
from colonnade.gateway.unreadable import malformed
from colonnade.gateway.upstream.gemini import wire
from colonnade.gateway.upstream.gemini.errors import broken_off
from colonnade.gateway.upstream.gemini.signatures import carried
from colonnade.gateway.upstream.gemini.usage import inner_usage
from colonnade.gateway.upstream.inner import completion_of

_FILTERED: Final = frozenset({
    "BLOCKLIST", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "IMAGE_SAFETY", "LANGUAGE", "MODEL_ARMOR",
    "PROHIBITED_CONTENT", "RECITATION", "SAFETY", "SPII",
})  # fmt: skip
_FAILED: Final = frozenset({
    "IMAGE_OTHER", "MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "MISSING_THOUGHT_SIGNATURE", "NO_IMAGE", "OTHER",
    "TOO_MANY_TOOL_CALLS", "UNEXPECTED_TOOL_CALL",
})  # fmt: skip
"""Reasons with which the model gives up: there is no answer, and another try may do better."""


def finish_of(reason: str, *, called: bool) -> str:
    """The finish in OpenAI's words.

    Raises:
        UpstreamFailed: the model gave up, e.g. `upstream_malformed_function_call`.
    """
    if reason in _FAILED:
        raise UpstreamFailed("The model gave its answer up.", code=f"upstream_{reason.lower()}")
    if reason in _FILTERED:
        return "content_filter"
    if reason == "MAX_TOKENS":
        return "length"
    return "tool_calls" if called else "stop"


def answer_of(body: bytes, fallback: Mapping[str, str]) -> bytes:
    """The body of the chat completion; `fallback` has `id` and `model` for an answer that names none.

    Raises:
        UpstreamFailed: the body is no answer, or the model gave up.
    """
    try:
        answer = wire.response(body)
        choices = [_choice(candidate) for candidate in answer.candidates]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise malformed("The upstream answered something that is no answer.") from error
    if answer.error is not None:
        raise broken_off(answer.error)
    blocked = blocked_by(answer)
    if blocked:
        message = {"role": "assistant", "content": ""}
        choices = [{"index": 0, "message": message, "finish_reason": "content_filter", **named(blocked)}]
    if not choices:
        raise malformed("The upstream answered without choices.")
    return completion_of(
        answer.response_id or fallback["id"],
        answer.model_version or fallback["model"],
        choices,
        inner_usage(answer.usage_metadata),
    )


def blocked_by(answer: wire.Response) -> str:
    """Why the prompt was refused; "" where it was not."""
    feedback = answer.prompt_feedback
    return "" if feedback is None or answer.candidates else feedback.block_reason or ""


def named(reason: str) -> dict[str, str]:
    """Gemini's own word, for whoever needs to tell reasons apart."""
    return {"native_finish_reason": reason}


def tool_call(part: wire.Part, function_call: wire.FunctionCall) -> dict[str, Any]:
    """A call of a function; it gets an id where the model named none."""
    arguments = msgspec.json.encode(function_call.args).decode()
    return {
        "id": function_call.id or f"call_{uuid.uuid4().hex[:24]}",
        "type": "function",
        "function": {"name": function_call.name, "arguments": arguments},
        **carried(part.thought_signature),
    }


def picture(blob: wire.Blob) -> dict[str, Any]:
    """A picture that the model made."""
    return {"type": "image_url", "image_url": {"url": f"data:{blob.mime_type};base64,{blob.data}"}}


def is_picture(part: wire.Part) -> bool:
    """Whether the part is a picture."""
    return part.inline_data is not None and part.inline_data.mime_type.startswith("image/")


def noted(candidate: wire.Candidate) -> dict[str, Any]:
    """What Gemini says about an answer beside it: sources, citations, how likely its tokens were."""
    told: dict[str, Any] = {
        "citation_metadata": candidate.citation_metadata,
        "grounding_metadata": candidate.grounding_metadata,
        "url_context_metadata": candidate.url_context_metadata,
    }
    told = {name: raw for name, raw in told.items() if len(raw)}
    if candidate.logprobs_result is not None:
        told["logprobs"] = {"content": _logprobs(candidate.logprobs_result)}
    return told


def _choice(candidate: wire.Candidate) -> dict[str, Any]:
    if candidate.finish_reason is None:
        raise malformed("The upstream finished no choice.")
    message = _message(candidate.content or wire.Content())
    finish = finish_of(candidate.finish_reason, called="tool_calls" in message)
    told = {**named(candidate.finish_reason), **noted(candidate)}
    return {"index": candidate.index, "message": message, "finish_reason": finish, **told}


def _message(content: wire.Content) -> dict[str, Any]:
    said = [wire.part(raw) for raw in content.parts]
    texts = [part for part in said if part.text is not None and not part.thought]
    thoughts = [part.text for part in said if part.text is not None and part.thought]
    called = [tool_call(part, part.function_call) for part in said if part.function_call is not None]
    shown = [picture(part.inline_data) for part in said if part.inline_data is not None and is_picture(part)]
    other = [raw for raw, part in zip(content.parts, said, strict=True) if not known(part)]
    signature = next((part.thought_signature for part in reversed(texts) if part.thought_signature), "")
    text = "".join(part.text or "" for part in texts)
    fields = {
        "reasoning_content": "".join(thoughts),
        "tool_calls": called,
        "images": shown,
        "content_parts": other,
        **carried(signature),
    }
    message: dict[str, Any] = {"role": "assistant", "content": text if text or not called else None}
    return message | {name: value for name, value in fields.items() if value}


def known(part: wire.Part) -> bool:
    """Whether the gateway's form has a place for the part; others are shown as they are in `content_parts`."""
    return (
        part.text is not None
        or part.function_call is not None
        or is_picture(part)
        or bool(part.thought_signature)
    )


def _logprobs(result: wire.Logprobs) -> list[dict[str, Any]]:
    tops = [*result.top_candidates, *[wire.Tokens()] * len(result.chosen_candidates)]
    return [
        {**_logprob(chosen), "top_logprobs": [_logprob(token) for token in top.candidates]}
        for chosen, top in zip(result.chosen_candidates, tops, strict=False)
    ]


def _logprob(token: wire.Token) -> dict[str, Any]:
    return {"token": token.token, "logprob": token.log_probability, "bytes": list(token.token.encode())}
