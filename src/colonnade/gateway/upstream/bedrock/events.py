"""The events of an answer that Converse streams, each translated when it comes.

Nothing is said before the first content: an answer that fails until then fails with a status, and may be tried
elsewhere. The event `metadata` is the last one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from colonnade.gateway.unreadable import malformed
from colonnade.gateway.upstream.bedrock import wire
from colonnade.gateway.upstream.bedrock.answer import finish_of, redacted, thought
from colonnade.gateway.upstream.bedrock.errors import broken_off
from colonnade.gateway.upstream.bedrock.usage import inner_usage
from colonnade.gateway.upstream.inner import ChunkWriter


@dataclass(slots=True)
class _Open:
    """A block that has begun: the number of its call, whether input came, and what was thought."""

    call: int = -1
    given: bool = False
    thought: str = ""
    signature: str = ""


class BedrockEvents:
    """Translates one stream; `name` has the `id` and `model` of its chunks."""

    def __init__(self, name: Mapping[str, str]) -> None:
        self.complete = False
        self._writer = ChunkWriter()
        self._writer.named(name["id"], name["model"])
        self._open: dict[int, _Open] = {}
        self._calls = 0
        self._stop: str | None = None

    def take(self, event: bytes) -> bytes:
        """The chunks for one event; errors as `translation.Events` says."""
        told = wire.event(event)
        if told.content_block_delta is not None:
            return self._go_on(told.content_block_delta)
        if told.content_block_start is not None:
            return self._begin(told.content_block_start)
        if told.content_block_stop is not None:
            return self._end(told.content_block_stop.content_block_index)
        if told.failure is not None:
            raise broken_off(told.kind, told.failure.message)
        if told.message_stop is not None:
            finish_of(told.message_stop.stop_reason)
            self._stop = told.message_stop.stop_reason
        if told.metadata is not None:
            return self._close(told.metadata)
        return b""

    def _begin(self, told: wire.BlockStart) -> bytes:
        used = told.start.tool_use
        if used is None:
            return b""
        self._open[told.content_block_index] = _Open(call=self._calls)
        called = {"index": self._calls, "id": used.tool_use_id, "type": "function"}
        self._calls += 1
        return self._writer.delta(
            {"tool_calls": [{**called, "function": {"name": used.name, "arguments": ""}}]}
        )

    def _go_on(self, told: wire.BlockDelta) -> bytes:
        delta = wire.delta(told.delta)
        if delta.text is not None:
            return self._writer.text(delta.text) if delta.text else b""
        if delta.tool_use is not None:
            return self._input(told.content_block_index, delta.tool_use.input)
        if delta.reasoning_content is not None:
            return self._think(told.content_block_index, delta.reasoning_content)
        if len(delta.citation):
            return self._writer.delta({"citations": [delta.citation]})
        return self._writer.delta({"content_parts": [told.delta]})

    def _input(self, index: int, piece: str) -> bytes:
        block = self._open.get(index)
        if block is None or block.call < 0:
            raise malformed("The upstream continued a part of its answer that it had not begun.")
        if not piece:
            return b""
        block.given = True
        return self._arguments(block.call, piece)

    def _arguments(self, call: int, piece: str) -> bytes:
        return self._writer.delta({"tool_calls": [{"index": call, "function": {"arguments": piece}}]})

    def _think(self, index: int, told: wire.ReasoningDelta) -> bytes:
        block = self._open.setdefault(index, _Open())
        block.thought += told.text
        block.signature += told.signature
        if told.redacted_content is not None:
            return self._writer.delta({"thinking_blocks": [redacted(told.redacted_content)]})
        return self._writer.delta({"reasoning_content": told.text}) if told.text else b""

    def _end(self, index: int) -> bytes:
        """A tool that is called without input says so with an empty object, as OpenAI has it."""
        block = self._open.pop(index, _Open())
        if block.call >= 0:
            return b"" if block.given else self._arguments(block.call, "{}")
        if not block.signature:
            return b""
        return self._writer.delta({"thinking_blocks": [thought(block.thought, block.signature)]})

    def _close(self, told: wire.Metadata) -> bytes:
        if self._stop is None:
            raise malformed("The upstream finished no choice.")
        finish, own = finish_of(self._stop)
        self.complete = True
        return self._writer.end(finish, inner_usage(told.usage), **own)
