"""A streamed answer is written as Anthropic streams it: blocks that begin, grow and end, in the order of what was said.

However the stream is cut into parts, the same inner events give the same outer ones. A piece costs one encoding of its
text; the frames around it are written once.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from colonnade.errors import CallError
from colonnade.gateway.call import Call, Reply
from colonnade.gateway.dialects.inner import Answer, Choice, Said, answers, objects
from colonnade.gateway.dialects.messages.ending import Stop, stop_of, usage_fields
from colonnade.gateway.dialects.messages.errors import error_event
from colonnade.gateway.dialects.messages.tool_blocks import ToolBlocks
from colonnade.gateway.dialects.messages.writing import envelope

_encode = msgspec.json.Encoder().encode
_START: Final = (
    b'event: content_block_start\ndata: {"type":"content_block_start","index":%d,"content_block":%b}\n\n'
)
_DELTA: Final = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":%b}\n\n'
_STOP: Final = b'event: content_block_stop\ndata: {"type":"content_block_stop","index":%d}\n\n'
_END: Final = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
_EMPTY: Final = {
    "text": b'{"type":"text","text":""}',
    "thinking": b'{"type":"thinking","thinking":"","signature":""}',
}
_NOTHING_YET: Final = {
    "input_tokens": 0,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
    "output_tokens": 0,
}
"""Usage at the beginning: no upstream has counted yet; `message_delta` brings the counts."""


class MessageEvents:
    """Writes one stream. At most one block of text or thinking is open; blocks of tools are kept by `ToolBlocks`."""

    __slots__ = ("_begun", "_call", "_counted", "_index", "_kind", "_refused", "_stop", "_thought", "_tools")

    def __init__(self, call: Call) -> None:
        self._call = call
        self._begun = False
        self._kind = ""
        self._index = -1
        self._thought: list[str] = []
        self._tools = ToolBlocks(call)
        self._refused = False
        self._stop = Stop()
        self._counted = b""

    def take(self, block: bytes) -> bytes:
        """The events for a block of whole inner events.

        Raises:
            UpstreamFailed: one of them is no part of an answer.
        """
        out: list[bytes] = []
        for event in answers(block):
            self._event(event, out)
        return b"".join(out)

    def end(self, reply: Reply) -> bytes:
        """The end of the last block, why the answer ended, what it used, and `message_stop`."""
        out: list[bytes] = []
        self._begin(Answer(), out)
        self._close(out)
        self._tools.end(self._index, out)
        told = {
            "type": "message_delta",
            "delta": self._stop.fields,
            "usage": usage_fields(self._counted, reply),
        }
        return b"".join((*out, b"event: message_delta\ndata: ", _encode(told), b"\n\n", _END))

    def fail(self, error: CallError) -> bytes:
        """The event `error`; blocks that were open stay open, and no `message_stop` follows."""
        return error_event(error, self._call.id)

    def _event(self, event: Answer, out: list[bytes]) -> None:
        self._begin(event, out)
        self._counted = event.counted or self._counted
        for choice in event.choices or ():
            if choice.index == 0:
                self._choice(choice, out)

    def _begin(self, event: Answer, out: list[bytes]) -> None:
        if self._begun:
            return
        self._begun = True
        opened = {
            **envelope(self._call, event.id, event.model), "content": [], "stop_reason": None,
            "stop_sequence": None, "usage": _NOTHING_YET,
        }  # fmt: skip
        out += [
            b'event: message_start\ndata: {"type":"message_start","message":',
            _encode(opened),
            b"}\n\n",
        ]

    def _choice(self, choice: Choice, out: list[bytes]) -> None:
        said = choice.delta or choice.message
        if said is not None:
            self._said(said, out)
        if choice.finish_reason:
            self._stop = stop_of(self._call, choice, called=self._tools.called, refused=self._refused)

    def _said(self, said: Said, out: list[bytes]) -> None:
        if said.thought:
            self._think(said.thought, out)
        for thought in objects(said.thinking_blocks):
            self._thought_block(thought, out, told=bool(said.thought))
        if said.content:
            self._piece(b'{"type":"text_delta","text":%b}' % _encode(said.content), "text", out)
        if said.refusal:
            self._refused = True
            self._piece(b'{"type":"text_delta","text":%b}' % _encode(said.refusal), "text", out)
        for citation in objects(said.citations):
            self._piece(b'{"type":"citations_delta","citation":%b}' % _encode(citation), "text", out)
        for block in objects(said.content_blocks):
            self._whole(block, out)
        for tool in said.tool_calls or ():
            if self._tools.opens(tool):
                self._close(out)
            self._index = self._tools.take(tool, self._index, out)

    def _piece(self, delta: bytes, kind: str, out: list[bytes]) -> None:
        """A difference of the open block of `kind`; opens it, and ends what was open, where that is another."""
        if self._kind != kind:
            self._close(out)
            self._tools.close_complete(out)
            self._index += 1
            self._kind = kind
            out.append(_START % (self._index, _EMPTY[kind]))
        out.append(_DELTA % (self._index, delta))

    def _close(self, out: list[bytes]) -> None:
        if self._kind:
            out.append(_STOP % self._index)
            self._kind = ""
            self._thought.clear()

    def _think(self, words: str, out: list[bytes]) -> None:
        self._piece(b'{"type":"thinking_delta","thinking":%b}' % _encode(words), "thinking", out)
        self._thought.append(words)

    def _thought_block(self, thought: dict[str, Any], out: list[bytes], *, told: bool) -> None:
        """Thinking as it must be sent back: the whole block behind its pieces, or a piece of it beside them.

        `told` says that the words came beside it, in the same event.
        """
        if thought.get("type") != "thinking":
            self._whole(thought, out)
            return
        words, signature = thought.get("thinking"), thought.get("signature")
        repeated = told or (self._kind == "thinking" and words == "".join(self._thought))
        if isinstance(words, str) and words and not repeated:
            self._think(words, out)
        if signature:
            signed = b'{"type":"signature_delta","signature":%b}' % _encode(signature)
            self._piece(signed, "thinking", out)
            self._close(out)

    def _whole(self, block: dict[str, Any], out: list[bytes]) -> None:
        """A block that comes at once."""
        self._close(out)
        self._tools.close_complete(out)
        self._index += 1
        out += [_START % (self._index, _encode(block)), _STOP % self._index]
