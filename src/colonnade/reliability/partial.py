"""What passed of a stream before it broke, and the request for a model that goes on from there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

import msgspec

from colonnade.gateway import events
from colonnade.gateway.asked import asked
from colonnade.gateway.call import Call, Usage
from colonnade.gateway.estimate import CHARACTERS_PER_TOKEN, tokens_in
from colonnade.gateway.unreadable import UNREADABLE
from colonnade.gateway.upstream.carried import asks
from colonnade.workload.sections.serving import Prefill

_MORE: Final = frozenset({
    "audio", "functions", "logprobs", "modalities", "n", "prediction", "response_format", "tools", "top_logprobs",
})  # fmt: skip
"""Fields of requests whose answers are more than one text that goes on."""
_MARKS: Final[Mapping[Prefill, tuple[dict[str, Any], dict[str, Any]]]] = {
    "continue_final_message": ({}, {"continue_final_message": True, "add_generation_prompt": False}),
    "prefix": ({"prefix": True}, {}),
    "trailing": ({}, {}),
}
"""How a server is told to go on: what the last message carries, and what the request does."""
assert _MARKS.keys() == set(get_args(Prefill))


class _Delta(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """All that an answer may say that is to be continued; anything else is more than text."""

    role: str | None = None
    content: str | None = None
    refusal: None = None
    reasoning_content: None = None
    tool_calls: None = None


class _Choice(msgspec.Struct, gc=False):
    delta: _Delta = msgspec.field(default_factory=_Delta)
    index: int = 0
    finish_reason: str | None = None


class _Event(msgspec.Struct, gc=False):
    id: str | None = None
    created: int | None = None
    choices: list[_Choice] = []


_decode = msgspec.json.Decoder(_Event).decode


def continuable(call: Call) -> bool:
    """Whether the answer of this call is one plain text, which another attempt may go on with."""
    request = call.request
    more = any(asks(name, request[name]) for name in _MORE.intersection(request))
    return call.endpoint == "chat" and call.stream and not more


@dataclass(frozen=True, slots=True)
class Partial:
    """The text that passed, in how many pieces it came, and what its events are known by."""

    text: str
    pieces: int
    id: str
    created: int

    @classmethod
    def of(cls, blocks: Iterable[bytes]) -> Partial | None:
        """What whole events say; None where that is no beginning of a text, or already its end."""
        try:
            told = [_decode(data) for data in events.split(b"".join(blocks)) if data and data != b"[DONE]"]
        except UNREADABLE:
            return None
        choices = [choice for event in told for choice in event.choices]
        if any(choice.finish_reason or choice.index for choice in choices):
            return None
        said = [choice.delta.content for choice in choices if choice.delta.content]
        first = next((event for event in told if event.id), _Event())
        return cls("".join(said), len(said), first.id or "", first.created or 0) if said else None

    @property
    def tokens(self) -> int:
        """About how many tokens passed: a piece has one at least."""
        return max(self.pieces, -(-len(self.text) // CHARACTERS_PER_TOKEN))

    def usage(self, call: Call) -> Usage:
        """What the attempt used that broke off, as far as can be known: no usage came."""
        return Usage(fresh_input=tokens_in(asked(call.request)), output=self.tokens)

    def request(self, call: Call, prefill: Prefill) -> dict[str, Any] | None:
        """The request that asks for the rest; None where the limit of the answer leaves nothing to be said."""
        message, fields = _MARKS[prefill]
        request = {
            **call.request,
            "messages": [*call.request["messages"], {"role": "assistant", "content": self.text, **message}],
            **fields,
        }
        most = request.get("max_tokens")
        if type(most) is int:
            request["max_tokens"] = most - self.tokens
        return request if type(most) is not int or most > self.tokens else None
