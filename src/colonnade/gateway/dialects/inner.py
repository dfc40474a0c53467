"""What a dialect reads of an answer in the gateway's form, whole or in events; everything else it does not touch.

Types that `gateway/wire.py` has checked already are strict here, too. Fields of single providers are lenient: an odd
one is passed over instead of breaking an answer that every other dialect can give.
"""

from __future__ import annotations

from typing import Any

import msgspec

from colonnade.gateway import events
from colonnade.gateway.unreadable import malformed

_NULL = len("null")


class Function(msgspec.Struct, gc=False):
    """What a tool call names; in streams it arrives in pieces."""

    name: str | None = None
    arguments: str | None = None


class ToolCall(msgspec.Struct, gc=False):
    """One tool call, or a piece of it."""

    index: int = 0
    id: Any = None
    function: Function | None = None


class Said(msgspec.Struct, gc=False):
    """A message, or the difference that one event brings.

    `thinking_blocks` holds thinking as it must be sent back, `content_blocks` blocks that the gateway's form has no
    place for, `citations` what the text refers to; all in the words of Anthropic.
    """

    content: str | None = None
    refusal: str | None = None
    reasoning_content: Any = None
    reasoning: Any = None
    thinking_blocks: Any = None
    content_blocks: Any = None
    citations: Any = None
    tool_calls: list[ToolCall] | None = None

    @property
    def thought(self) -> str:
        """The words of reasoning, under either of the names that providers use."""
        for words in (self.reasoning_content, self.reasoning):
            if isinstance(words, str) and words:
                return words
        return ""


class Choice(msgspec.Struct, gc=False):
    """One choice. `stop_sequence` and vLLM's `stop_reason` tell which stop sequence ended it."""

    index: int = 0
    message: Said | None = None
    delta: Said | None = None
    finish_reason: str | None = None
    native_finish_reason: Any = None
    stop_sequence: Any = None
    stop_reason: Any = None
    logprobs: msgspec.Raw = msgspec.Raw()


class Answer(msgspec.Struct, gc=False):
    """A whole answer, or one event of a stream."""

    id: Any = None
    created: Any = None
    model: str | None = None
    system_fingerprint: Any = None
    choices: list[Choice] | None = None
    usage: msgspec.Raw = msgspec.Raw()

    @property
    def counted(self) -> bytes:
        """The usage as JSON, b"" where there is none."""
        return bytes(self.usage) if len(self.usage) > _NULL else b""


answer = msgspec.json.Decoder(Answer).decode
_answers = msgspec.json.Decoder(list[Answer]).decode


def answers(block: bytes) -> list[Answer]:
    """The events of a block, parsed at once.

    Raises:
        UpstreamFailed: one of them is no part of an answer.
    """
    try:
        return _answers(events.array([block]))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise malformed("The upstream sent an event that is no part of an answer.") from error


def objects(given: Any) -> list[dict[str, Any]]:
    """The objects of a list of a single provider's; whatever else is there is passed over."""
    return [each for each in given if isinstance(each, dict)] if given and isinstance(given, list) else []
