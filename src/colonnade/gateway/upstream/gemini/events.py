"""The events of an answer that Gemini streams, each translated when it comes.

Gemini marks no end: an answer is complete when its body ends and the last that was said of every choice is how it
finished. Some models name a finish in every event.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from colonnade.errors import UpstreamFailed
from colonnade.gateway.upstream.gemini import wire
from colonnade.gateway.upstream.gemini.answer import (
    blocked_by,
    finish_of,
    is_picture,
    known,
    named,
    noted,
    picture,
    tool_call,
)
from colonnade.gateway.upstream.gemini.errors import broken_off
from colonnade.gateway.upstream.gemini.signatures import carried
from colonnade.gateway.upstream.gemini.usage import inner_usage
from colonnade.gateway.upstream.inner import ChunkWriter


class GeminiEvents:
    """Translates one stream; `fallback` has `id` and `model` for events that name none."""

    def __init__(self, fallback: Mapping[str, str]) -> None:
        self.complete = False
        self._name = (fallback["id"], fallback["model"])
        self._usage: wire.Usage | None = None
        self._choices: dict[int, _Choice] = {}

    def take(self, event: bytes) -> bytes:
        """The chunks for one event; errors as `translation.Events` says."""
        told = wire.response(event)
        if told.error is not None:
            raise broken_off(told.error)
        self._name = (told.response_id or self._name[0], told.model_version or self._name[1])
        self._usage = told.usage_metadata or self._usage
        blocked = blocked_by(told)
        if blocked:
            self._choice(0).blocked(blocked)
        return b"".join([self._choice(each.index).take(each) for each in told.candidates])

    def end(self) -> bytes:
        """The last chunks, when the body has ended.

        Raises:
            UpstreamFailed: a choice was not finished.
        """
        choices = [self._choices[index] for index in sorted(self._choices)]
        if not choices or not all(choice.finish for choice in choices):
            raise UpstreamFailed("The upstream ended its stream without a finish.", code="upstream_cut")
        self.complete = True
        finished = [choice.end() for choice in choices]
        return b"".join((*finished, choices[0].writer.close(inner_usage(self._usage))))

    def _choice(self, index: int) -> _Choice:
        choice = self._choices.get(index)
        if choice is None:
            choice = self._choices[index] = _Choice(index)
            choice.writer.named(*self._name)
        return choice


class _Choice:
    """What was said of one choice so far."""

    def __init__(self, index: int) -> None:
        self.writer = ChunkWriter(index)
        self.finish = ""
        self._calls = 0
        self._told: dict[str, Any] = {}

    def take(self, candidate: wire.Candidate) -> bytes:
        """The chunks for what one event adds."""
        parts = candidate.content.parts if candidate.content is not None else []
        chunks = [self._part(raw) for raw in parts]
        if parts or candidate.finish_reason:
            reason = candidate.finish_reason or ""
            self.finish = finish_of(reason, called=self._calls > 0) if reason else ""
            self._told |= named(reason)
        self._note(noted(candidate))
        return b"".join(chunks)

    def blocked(self, reason: str) -> None:
        """The prompt was refused."""
        self.finish = "content_filter"
        self._told |= named(reason)

    def end(self) -> bytes:
        """How it ended."""
        return self.writer.finish(self.finish, **self._told)

    def _part(self, raw: msgspec.Raw) -> bytes:
        part = wire.part(raw)
        if part.function_call is not None:
            called = {"index": self._calls, **tool_call(part, part.function_call)}
            self._calls += 1
            return self.writer.delta({"tool_calls": [called]})
        signed = self.writer.delta(carried(part.thought_signature)) if part.thought_signature else b""
        if part.text:
            return signed + self._text(part)
        if part.inline_data is not None and is_picture(part):
            return self.writer.delta({"images": [picture(part.inline_data)]})
        return signed if known(part) else self.writer.delta({"content_parts": [raw]})

    def _text(self, part: wire.Part) -> bytes:
        text = part.text or ""
        return self.writer.delta({"reasoning_content": text}) if part.thought else self.writer.text(text)

    def _note(self, told: dict[str, Any]) -> None:
        """Tokens add up over the events; of everything else the last word counts."""
        likely = told.pop("logprobs", None)
        if likely is not None:
            earlier = self._told.get("logprobs", {"content": []})["content"]
            self._told["logprobs"] = {"content": [*earlier, *likely["content"]]}
        self._told |= {name: raw.copy() for name, raw in told.items()}
