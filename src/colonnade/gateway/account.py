"""What an answer says is added up while it passes, a batch at a time, so that its raw bytes need not be kept.

A batch of 4 KiB, some twenty events, is parsed as one: that costs little more than parsing all of it at the end, and bounds
what a long stream holds in memory to its text.
"""

from __future__ import annotations

import msgspec

from colonnade.gateway import events, silence, wire
from colonnade.gateway.call import Call, Reply, Usage
from colonnade.gateway.estimate import estimated
from colonnade.gateway.tokens import usage_from
from colonnade.gateway.unreadable import UNREADABLE, malformed
from colonnade.gateway.wire import Document, Message

_BATCH = 4 << 10
_NULL = len("null")


class Account:
    """The text, finish, usage and model of one answer.

    `says` is whether a stream held anything but roles, `refused` whether the model declined in the field meant for it.
    """

    __slots__ = ("_blocks", "_size", "_texts", "_usage", "finish", "model", "refused", "says")

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._size = 0
        self._texts: dict[int, list[str]] = {}
        self._usage: msgspec.Raw | None = None
        self.finish = ""
        self.model = ""
        self.refused = False
        self.says = False

    def add(self, block: bytes) -> None:
        """Add whole events `data: {...}`.

        Raises:
            UpstreamFailed: one of the last 4 KiB is no part of an answer. What came before it is counted.
        """
        self._blocks.append(block)
        self._size += len(block)
        if self._size > _BATCH:
            self._count()

    def take(self, answer: Document) -> None:
        """Add a whole answer."""
        self._take([answer])

    def settle(self, call: Call, reply: Reply) -> None:
        """Fill `reply`, and say in `call` which model answered.

        Raises:
            UpstreamFailed: as `add`; the reply is filled all the same.
        """
        try:
            self._count()
        finally:
            self._fill(call, reply)

    def _fill(self, call: Call, reply: Reply) -> None:
        reply.finish = self.finish or reply.finish
        reply.text = "\n".join(["".join(self._texts[index]) for index in sorted(self._texts)])
        reply.refused = self.refused
        if self.refused:
            call.decide("attempt", "the model declined")
        fill(call, reply, self.model, self._usage)

    def _count(self) -> None:
        blocks, self._blocks, self._size = self._blocks, [], 0
        if not blocks:
            return
        try:
            self._take(wire.documents(events.array(blocks)))
            self.says = self.says or any(event.says for event in silence.events(events.array(blocks)))
        except UNREADABLE as error:
            self._take(_readable(blocks))
            raise malformed("The upstream sent an event that is no part of an answer.") from error

    def _take(self, documents: list[Document]) -> None:
        texts: dict[int, list[str]] = {}
        index, words = -1, list[str]()
        for document in documents:
            self.model = document.model or self.model
            if len(document.usage) > _NULL:
                self._usage = document.usage
            for choice in document.choices or ():
                if choice.finish_reason:
                    self.finish = choice.finish_reason
                said = choice.delta or choice.message
                if said is None:
                    continue
                if choice.index != index:
                    index = choice.index
                    words = texts.setdefault(index, [])
                if said.content:
                    words.append(said.content)
                if said.refusal or said.tool_calls:
                    self._collect(said, words)
        for place, said_there in texts.items():
            self._texts.setdefault(place, []).append("".join(said_there))
            self.says = self.says or any(said_there)

    def _collect(self, said: Message, words: list[str]) -> None:
        """What few answers hold."""
        if said.refusal:
            self.refused = True
            words.append(said.refusal)
        if said.tool_calls:
            called = (tool.function for tool in said.tool_calls if tool.function is not None)
            words.extend(f"{function.name or ''}{function.arguments or ''}" for function in called)


def fill(call: Call, reply: Reply, model: str, usage: msgspec.Raw | None) -> None:
    """Say which model answered, and what it used: as reported, or estimated from the text, which is there."""
    call.answered_by = model or call.answered_by
    reported = None if usage is None else usage_from(usage, text=reply.text)
    reply.usage = reported or (estimated(call, reply) if call.attempts else Usage())
    reply.understood = True


def _readable(blocks: list[bytes]) -> list[Document]:
    """The events that can be read, of a stream in which one cannot: what the caller was sent is accounted."""
    readable: list[Document] = []
    for block in blocks:
        for data in events.split(block):
            try:
                readable.append(wire.document(data))
            except UNREADABLE:
                return readable
    return readable
