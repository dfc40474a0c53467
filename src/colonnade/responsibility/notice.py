"""A sentence can be put before an answer, whole or streamed, without breaking its shape."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from colonnade.gateway import events, wire

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_LONGEST_EVENT = 1 << 20


class Notice:
    """The sentence of one call, and to which of its `choices` it was given."""

    __slots__ = ("_choices", "_given", "_sentence")

    def __init__(self, sentence: str, choices: int = 1) -> None:
        self._sentence = sentence + "\n\n"
        self._choices = choices
        self._given: set[int] = set()

    @property
    def given(self) -> bool:
        """Whether it stands before any choice."""
        return bool(self._given)

    @property
    def complete(self) -> bool:
        """Whether it stands before all of them."""
        return len(self._given) >= self._choices

    def before_answer(self, body: bytes) -> bytes:
        """A whole answer with the sentence before the text of every choice; unchanged where there is no text."""
        answer = _decode(body)
        for choice in answer.get("choices") or ():
            message = choice.get("message") or {}
            if isinstance(message.get("content"), str) and message["content"]:
                message["content"] = self._sentence + message["content"]
                self._given.add(choice.get("index", 0))
        return _encode(answer) if self.given else body

    def before_event(self, data: bytes) -> bytes:
        """The event that comes before the one with this data, or b"" where none is due.

        Data that is no event of an answer gives b"": the gateway judges it where every stream passes.
        """
        untold = self._untold(data)
        if not untold:
            return b""
        self._given.update(untold)
        frame = _decode(data)
        if "usage" in frame:
            frame["usage"] = None
        frame["choices"] = [self._choice(index) for index in untold]
        return b"data: " + _encode(frame) + b"\n\n"

    def _untold(self, data: bytes) -> list[int]:
        if b'"content"' not in data:
            return []
        try:
            choices = wire.document(data).choices or ()
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return []
        speaking = [choice.index for choice in choices if choice.delta and choice.delta.content]
        return [index for index in speaking if index not in self._given]

    def _choice(self, index: int) -> dict[str, Any]:
        return {"index": index, "delta": {"content": self._sentence}, "logprobs": None, "finish_reason": None}


async def with_notice(chunks: AsyncIterator[bytes], notice: Notice) -> AsyncIterator[bytes]:
    """The stream with the notice before the first text of each choice, and after that as it comes."""
    rest = b""
    async for chunk in chunks:
        if notice.complete:
            yield rest + chunk
            rest = b""
            continue
        *whole, rest = (rest + chunk).replace(b"\r\n", b"\n").split(b"\n\n")
        block = b"".join(notice.before_event(events.split(event)[0]) + event + b"\n\n" for event in whole)
        if len(rest) > _LONGEST_EVENT:
            block, rest = block + rest, b""
        if block:
            yield block
    if rest:
        yield rest
