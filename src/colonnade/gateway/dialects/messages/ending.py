"""Why an answer ended and what it used, in Anthropic's words, the same for whole and streamed answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from colonnade.gateway.call import Call, Reply, Usage
from colonnade.gateway.dialects.inner import Choice
from colonnade.gateway.tokens import usage_from

_REASONS: Final[Mapping[str, str]] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "content_filter": "refusal",
}
_NATIVE: Final[Mapping[str, frozenset[str]]] = {
    "stop": frozenset({"end_turn", "stop_sequence", "pause_turn"}),
    "length": frozenset({"max_tokens", "model_context_window_exceeded"}),
    "tool_calls": frozenset({"tool_use"}),
    "content_filter": frozenset({"refusal"}),
}
"""What Anthropic may have said where the gateway's form has one word; believed only if no stage changed that word."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Why an answer ended."""

    reason: str = "end_turn"
    sequence: str | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """As a message carries it."""
        return {"stop_reason": self.reason, "stop_sequence": self.sequence}


def stop_of(call: Call, choice: Choice, *, called: bool, refused: bool) -> Stop:
    """Why `choice` ended; `called` says that it calls tools, `refused` that the model refused in words of its own."""
    finish = choice.finish_reason or "stop"
    sequence = _sequence(call, choice)
    if sequence is not None and finish == "stop":
        return Stop("stop_sequence", sequence)
    if refused:
        return Stop("refusal")
    native = choice.native_finish_reason
    if isinstance(native, str) and native in _NATIVE.get(finish, ()):
        return Stop(native)
    if called and finish == "stop":
        return Stop("tool_use")
    return Stop(_REASONS.get(finish, "end_turn"))


def usage_fields(reported: bytes, reply: Reply) -> dict[str, Any]:
    """The usage as the upstream reported it, else as the gateway counted it."""
    usage = usage_from(reported, text=reply.text) if reported else None
    return _written(usage or reply.usage)


def _written(usage: Usage) -> dict[str, Any]:
    written = {
        "input_tokens": usage.fresh_input + usage.audio_input + usage.image_input,
        "cache_creation_input_tokens": usage.cache_write + usage.cache_write_1h,
        "cache_read_input_tokens": usage.cache_read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": usage.cache_write,
            "ephemeral_1h_input_tokens": usage.cache_write_1h,
        },
        "output_tokens": usage.total - usage.input,
    }
    return written | (
        {"output_tokens_details": {"thinking_tokens": usage.reasoning}} if usage.reasoning else {}
    )


def _sequence(call: Call, choice: Choice) -> str | None:
    """The stop sequence of the caller's that ended the choice, where the upstream names it."""
    stops = call.request.get("stop")
    for named in (choice.stop_sequence, choice.stop_reason):
        if isinstance(named, str) and (named == stops or (isinstance(stops, list) and named in stops)):
            return named
    return None
