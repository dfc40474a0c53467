"""The events of an answer that Cohere streams, each translated when it comes; nothing before the first content."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from colonnade.gateway.unreadable import malformed
from colonnade.gateway.upstream.cohere import wire
from colonnade.gateway.upstream.cohere.answer import finish_of, inner_usage
from colonnade.gateway.upstream.inner import ChunkWriter


class CohereEvents:
    """Translates one stream. `model` is the one that was asked for: Cohere names none."""

    def __init__(self, model: str) -> None:
        self.complete = False
        self._writer = ChunkWriter()
        self._model = model
        self._tools = 0
        self._argued = False

    def take(self, event: bytes) -> bytes:
        """The chunks for one event; errors as `translation.Events` says."""
        told = wire.event(event)
        step = self._steps.get(told.type)
        return b"" if step is None else step(self, told)

    def _message_start(self, told: wire.Event) -> bytes:
        self._writer.named(told.id or "", self._model)
        return b""

    def _content(self, told: wire.Event) -> bytes:
        part = _piece(told).content or wire.Part()
        if part.text:
            return self._writer.text(part.text)
        return self._writer.delta({"reasoning_content": part.thinking}) if part.thinking else b""

    def _tool_plan(self, told: wire.Event) -> bytes:
        return self._writer.delta({"tool_plan": _piece(told).tool_plan or ""})

    def _call_start(self, told: wire.Event) -> bytes:
        call = _piece(told).tool_calls or wire.ToolCall()
        function = call.function or wire.Function()
        self._argued = bool(function.arguments)
        return self._call(
            id=call.id,
            type="function",
            function={"name": function.name or "", "arguments": function.arguments or ""},
        )

    def _call_delta(self, told: wire.Event) -> bytes:
        call = _piece(told).tool_calls
        arguments = call.function.arguments if call is not None and call.function is not None else None
        if not arguments:
            return b""
        self._argued = True
        return self._call(function={"arguments": arguments})

    def _call_end(self, _told: wire.Event) -> bytes:
        told = b"" if self._argued else self._call(function={"arguments": "{}"})
        self._tools += 1
        return told

    def _call(self, **of_call: Any) -> bytes:
        return self._writer.delta({"tool_calls": [{"index": self._tools, **of_call}]})

    def _citation(self, told: wire.Event) -> bytes:
        return self._writer.delta({"citations": [_piece(told).citations]})

    def _message_end(self, told: wire.Event) -> bytes:
        delta = wire.delta(told.delta)
        if delta.finish_reason is None:
            raise malformed("The upstream finished no choice.")
        finish, own = finish_of("ERROR" if delta.error else delta.finish_reason)
        self.complete = True
        return self._writer.end(finish, inner_usage(delta.usage), **own)

    _steps: ClassVar[Mapping[str, Callable[[CohereEvents, wire.Event], bytes]]] = {
        "message-start": _message_start,
        "content-start": _content,
        "content-delta": _content,
        "tool-plan-delta": _tool_plan,
        "tool-call-start": _call_start,
        "tool-call-delta": _call_delta,
        "tool-call-end": _call_end,
        "citation-start": _citation,
        "message-end": _message_end,
    }


def _piece(told: wire.Event) -> wire.Piece:
    message = wire.delta(told.delta).message
    if message is None:
        raise malformed("The upstream sent an event that is no part of an answer.")
    return message
