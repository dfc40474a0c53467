"""The events of an answer that Anthropic streams, each translated when it comes.

Nothing is said before the first content: an answer that fails until then fails with a status, and may be tried
elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import msgspec

from colonnade.gateway.unreadable import malformed
from colonnade.gateway.upstream.anthropic import wire
from colonnade.gateway.upstream.anthropic.answer import finish_of, thought
from colonnade.gateway.upstream.anthropic.errors import broken_off
from colonnade.gateway.upstream.anthropic.messages import KNOWN
from colonnade.gateway.upstream.anthropic.usage import inner_usage, merged
from colonnade.gateway.upstream.inner import ChunkWriter


class AnthropicEvents:
    """Translates one stream. At most one block is open, as Anthropic promises."""

    def __init__(self) -> None:
        self.complete = False
        self._writer = ChunkWriter()
        self._usage = wire.Usage()
        self._block: wire.Block | None = None
        self._raw = msgspec.Raw()
        self._index = -1
        self._tools = 0
        self._pieces: list[str] = []
        self._stop: wire.Delta | None = None

    def take(self, event: bytes) -> bytes:
        """The chunks for one event; errors as `translation.Events` says."""
        told = wire.event(event)
        step = self._steps.get(told.type)
        return b"" if step is None else step(self, told)

    def _message_start(self, told: wire.Event) -> bytes:
        if told.message is None:
            raise malformed("The upstream began an answer without a message.")
        self._writer.named(told.message.id, told.message.model)
        self._usage = merged(self._usage, told.message.usage)
        return b""

    def _block_start(self, told: wire.Event) -> bytes:
        block = wire.block(told.content_block)
        self._block, self._raw, self._index, self._pieces = block, told.content_block, told.index, []
        if block.type != "tool_use":
            return self._writer.open() + (self._writer.text(block.text) if block.text else b"")
        function = {"name": block.name, "arguments": ""}
        return self._writer.delta(
            {"tool_calls": [{"index": self._tools, "id": block.id, "type": "function", "function": function}]}
        )

    def _block_delta(self, told: wire.Event) -> bytes:
        delta, block = told.delta, self._block
        if delta is None or block is None or told.index != self._index:
            raise malformed("The upstream continued a part of its answer that it had not begun.")
        if delta.type == "text_delta":
            return self._writer.text(delta.text)
        if delta.type == "input_json_delta":
            return self._arguments(block, delta.partial_json)
        if delta.type == "thinking_delta":
            self._pieces.append(delta.thinking)
            return self._writer.delta({"reasoning_content": delta.thinking})
        if delta.type == "signature_delta":
            block.signature = delta.signature
        elif delta.type == "citations_delta":
            return self._writer.delta({"citations": [delta.citation]})
        return b""

    def _arguments(self, block: wire.Block, piece: str) -> bytes:
        self._pieces.append(piece)
        if block.type != "tool_use" or not piece:
            return b""
        return self._writer.delta({"tool_calls": [{"index": self._tools, "function": {"arguments": piece}}]})

    def _block_stop(self, told: wire.Event) -> bytes:
        block, self._block = self._block, None
        if block is None or told.index != self._index:
            raise malformed("The upstream ended a part of its answer that it had not begun.")
        if block.type == "text":
            return b""
        if block.type == "tool_use":
            return self._tool_stop(block)
        if block.type in KNOWN:
            block.thinking += "".join(self._pieces)
            return self._writer.delta({"thinking_blocks": [thought(block)]})
        return self._writer.delta({"content_blocks": [self._assembled()]})

    def _tool_stop(self, block: wire.Block) -> bytes:
        """A function that is called without arguments says so with an empty object, as OpenAI has it."""
        arguments = b"" if any(self._pieces) else msgspec.json.encode(block.input or {})
        told = self._arguments(block, arguments.decode())
        self._tools += 1
        return told

    def _assembled(self) -> Any:
        """A block that the gateway's form has no place for, with the input that came in pieces."""
        given = "".join(self._pieces)
        whole: dict[str, Any] = msgspec.json.decode(self._raw)
        return whole | {"input": msgspec.json.decode(given)} if given else whole

    def _message_delta(self, told: wire.Event) -> bytes:
        if told.usage is not None:
            self._usage = merged(self._usage, told.usage)
        if told.delta is not None and told.delta.stop_reason is not None:
            self._stop = told.delta
        return b""

    def _message_stop(self, _told: wire.Event) -> bytes:
        stop = self._stop or wire.Delta()
        finish, own = finish_of(stop.stop_reason, stop.stop_sequence)
        self.complete = True
        return self._writer.end(finish, inner_usage(self._usage), **own)

    def _error(self, told: wire.Event) -> bytes:
        raise broken_off(told.error or wire.Error())

    _steps: ClassVar[Mapping[str, Callable[[AnthropicEvents, wire.Event], bytes]]] = {
        "message_start": _message_start,
        "content_block_start": _block_start,
        "content_block_delta": _block_delta,
        "content_block_stop": _block_stop,
        "message_delta": _message_delta,
        "message_stop": _message_stop,
        "error": _error,
    }
    """Pings, and events that Anthropic may add, say nothing."""
