"""A streamed answer is written as the legacy completions stream it: events of one shape, each with a piece of text."""

from __future__ import annotations

from typing import Any

import msgspec

from colonnade.errors import CallError
from colonnade.gateway import events, wire
from colonnade.gateway.call import Call, Reply
from colonnade.gateway.dialects.completion_fields import Prompts, choice_of, id_of
from colonnade.gateway.dialects.inner import Answer, Choice, answers

_encode = msgspec.json.Encoder().encode


class CompletionEvents:
    """Writes one stream. The offsets of log-probabilities count from the beginning of each choice's text."""

    __slots__ = ("_call", "_frame", "_offsets", "_prompts", "_with_usage")

    def __init__(self, call: Call) -> None:
        options = call.request.get("stream_options") or {}
        self._call = call
        self._prompts: Prompts = call.spoken
        self._with_usage = bool(options.get("include_usage"))
        self._offsets: dict[int, int] = {}
        self._frame = b""

    def take(self, block: bytes) -> bytes:
        """The events for a block of whole inner events; raises UpstreamFailed where one is none."""
        return b"".join(self._event(event) for event in answers(block))

    def end(self, reply: Reply) -> bytes:  # noqa: ARG002 - the interface
        """The mark of a good end."""
        return events.DONE

    def fail(self, error: CallError) -> bytes:
        """OpenAI's error event."""
        return wire.error_event(error)

    def _event(self, event: Answer) -> bytes:
        self._frame = self._frame or self._framed(event)
        choices = [self._choice(choice) for choice in event.choices or () if self._says(choice)]
        if choices:
            usage = b',"usage":null}\n\n' if self._with_usage else b"}\n\n"
            return self._frame + _encode(choices) + usage
        if event.counted and self._with_usage:
            return self._frame + b'[],"usage":' + event.counted + b"}\n\n"
        return b""

    def _framed(self, event: Answer) -> bytes:
        """What all events begin with, up to their choices."""
        frame: dict[str, Any] = {
            "id": id_of(event.id),
            "object": "text_completion",
            "created": event.created,
            "model": event.model or self._call.model,
        }
        if event.system_fingerprint is not None:
            frame["system_fingerprint"] = event.system_fingerprint
        return b"data: " + _encode(frame)[:-1] + b',"choices":'

    def _says(self, choice: Choice) -> bool:
        said = choice.delta or choice.message
        words = said is not None and (said.content or said.refusal or said.thought)
        echo = choice.index not in self._offsets and self._prompts.echo
        return bool(words or choice.finish_reason or echo)

    def _choice(self, choice: Choice) -> dict[str, Any]:
        offset = self._offsets.get(choice.index, 0)
        piece = choice_of(choice, self._prompts, offset=offset)
        self._offsets[choice.index] = offset + len(piece["text"])
        return piece
