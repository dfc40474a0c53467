"""The calls of tools in a streamed answer: each a block, ended as soon as its arguments are complete."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from colonnade.gateway.call import Call
from colonnade.gateway.dialects.inner import Function, ToolCall
from colonnade.gateway.dialects.messages.writing import tool_id
from colonnade.gateway.unreadable import malformed

_encode = msgspec.json.Encoder().encode
_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_START: Final = (
    b'event: content_block_start\ndata: {"type":"content_block_start","index":%d,'
    b'"content_block":{"type":"tool_use","id":%b,"name":%b,"input":{}}}\n\n'
)
_DELTA: Final = (
    b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,'
    b'"delta":{"type":"input_json_delta","partial_json":%b}}\n\n'
)
_STOP: Final = b'event: content_block_stop\ndata: {"type":"content_block_stop","index":%d}\n\n'


@dataclass(slots=True)
class _Tool:
    """One call: `index` is that of its block, -1 until the tool's name is known."""

    id: Any
    number: int
    index: int = -1
    closed: bool = False
    pieces: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        try:
            _object("".join(self.pieces))
        except (msgspec.MsgspecError, RecursionError):
            return False
        return True


class ToolBlocks:
    """All calls of one answer, by the upstream's index.

    A call whose arguments are not complete when another begins stays open beside it: pieces of several calls may
    come mixed. Calls that share an index and have ids of their own are told apart by these.
    """

    __slots__ = ("_by_index", "_call", "_tools")

    def __init__(self, call: Call) -> None:
        self._call = call
        self._by_index: dict[int, _Tool] = {}
        self._tools: list[_Tool] = []

    @property
    def called(self) -> bool:
        """Whether any tool is called."""
        return bool(self._tools)

    def opens(self, piece: ToolCall) -> bool:
        """Whether a block begins with this piece."""
        tool = self._known(piece)
        named = piece.function is not None and bool(piece.function.name)
        return named and (tool is None or tool.index < 0)

    def take(self, piece: ToolCall, last: int, out: list[bytes]) -> int:
        """Write a piece of a call; `last` is the index of the last block, and the new one is returned.

        Raises:
            UpstreamFailed: the call was complete already.
        """
        tool = self._known(piece)
        if tool is None:
            self.close_complete(out)
            tool = _Tool(piece.id, len(self._tools))
            self._by_index[piece.index] = tool
            self._tools.append(tool)
        tool.id = tool.id or piece.id
        function = piece.function or Function()
        if tool.index < 0 and function.name:
            last = tool.index = last + 1
            self._start(tool, function.name, out)
        if function.arguments:
            self._grow(tool, function.arguments, out)
        return last

    def close_complete(self, out: list[bytes]) -> None:
        """End the calls whose arguments are complete."""
        for tool in self._tools:
            if not tool.closed and tool.index >= 0 and tool.complete:
                self._stop(tool, out)

    def end(self, last: int, out: list[bytes]) -> None:
        """End all calls; one that never named its tool has an empty name, as in a whole answer."""
        for tool in self._tools:
            if tool.index < 0:
                last = tool.index = last + 1
                self._start(tool, "", out)
            if not tool.closed:
                self._stop(tool, out)

    def _known(self, piece: ToolCall) -> _Tool | None:
        tool = self._by_index.get(piece.index)
        another = tool is not None and piece.id and tool.id and piece.id != tool.id
        return None if another else tool

    def _start(self, tool: _Tool, name: str, out: list[bytes]) -> None:
        named = _encode(tool_id(self._call, tool.id, tool.number))
        out.append(_START % (tool.index, named, _encode(name)))
        if tool.pieces:
            out.append(_DELTA % (tool.index, _encode("".join(tool.pieces))))

    def _grow(self, tool: _Tool, arguments: str, out: list[bytes]) -> None:
        if tool.closed:
            if arguments.strip():
                raise malformed("The upstream continued a call of a tool that was complete.")
            return
        tool.pieces.append(arguments)
        if tool.index >= 0:
            out.append(_DELTA % (tool.index, _encode(arguments)))

    def _stop(self, tool: _Tool, out: list[bytes]) -> None:
        tool.closed = True
        out.append(_STOP % tool.index)
