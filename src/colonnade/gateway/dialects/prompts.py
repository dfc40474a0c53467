"""A request with several prompts is led on once for each: every prompt is a call of its own, limited, paid and recorded.

The calls are made one after the other, within the deadline and under the watch of the request; the first that fails
ends the request. A stream begins when all answers are complete, and brings each in one event.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from colonnade.gateway import events
from colonnade.gateway.call import Call, Forward, Money, Reply, Usage
from colonnade.gateway.dialects.completion_fields import Prompts, messages_for
from colonnade.gateway.streams import close_whole
from colonnade.gateway.upstream.inner import usage_of

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode
_OF_STREAMS: Final = frozenset({"stream", "stream_options"})
_TAKEN_OVER: Final = (
    "route_name", "route", "binding_name", "binding", "upstream", "answered_by", "dropped_fields",
)  # fmt: skip
"""What the request is known by afterwards: as its first call."""
_MEASURES: Final = frozenset({b"x-colonnade-cost-usd", b"x-colonnade-carbon-g"})
"""Headers that say what one call took."""
_COUNTS: Final = (
    "fresh_input", "cache_read", "cache_write", "cache_write_1h", "audio_input", "image_input", "output",
    "reasoning", "audio_output", "image_output",
)  # fmt: skip


def asks_several(call: Call) -> bool:
    """Whether the request has several prompts."""
    return isinstance(call.spoken, Prompts) and len(call.spoken.texts) > 1


async def one_by_one(call: Call, forward: Forward) -> Reply:
    """Lead the call on for each of its prompts, and answer with all answers.

    Headers that all of them have stay.

    Raises:
        CallError: as `forward`, for the first prompt whose answer fails.
    """
    parts = [await _answered(call, forward, place) for place in range(len(call.spoken.texts))]
    first = parts[0].call
    for name in _TAKEN_OVER:
        setattr(call, name, getattr(first, name))
    call.attempts = sum(part.call.attempts for part in parts)
    call.reply_headers[:] = _common_headers(parts)
    document = {
        **parts[0].document,
        "id": f"chatcmpl-{call.id}",
        "choices": [choice for part in parts for choice in part.choices],
        "usage": _written(_summed(parts)),
    }
    return Reply(chunks=_streamed(document), money=_cost(parts)) if call.stream else _whole(document, parts)


@dataclass(frozen=True, slots=True)
class _Part:
    """The answer to one prompt; `choices` are counted through all prompts."""

    call: Call
    reply: Reply
    document: dict[str, Any]
    choices: list[dict[str, Any]]


async def _answered(call: Call, forward: Forward, place: int) -> _Part:
    prompts: Prompts = call.spoken
    request = {name: value for name, value in call.request.items() if name not in _OF_STREAMS}
    asked = replace(
        call, id=f"{call.id}.{place}", request={**request, "messages": messages_for(prompts.texts[place])},
        stream=False, spoken=None, decisions=[], tried=[], reply_headers=list(call.reply_headers),
    )  # fmt: skip
    reply = await forward(asked)
    asked.watch = None  # it goes on watching over the prompts that follow
    await close_whole(asked, reply)
    document = _decode(reply.body)
    choices = [
        {**choice, "index": choice.get("index", 0) + place * prompts.choices}
        for choice in document.get("choices") or ()
    ]
    return _Part(asked, reply, document, choices)


def _common_headers(parts: list[_Part]) -> list[tuple[bytes, bytes]]:
    """The headers that all answers have; not those that measure one of them, also where they happen to be equal."""
    others = [set(part.call.reply_headers) for part in parts[1:]]
    return [
        each
        for each in parts[0].call.reply_headers
        if each[0] not in _MEASURES and all(each in other for other in others)
    ]


def _whole(document: dict[str, Any], parts: list[_Part]) -> Reply:
    return Reply(
        body=_encode(document),
        usage=_summed(parts),
        finish=parts[-1].reply.finish,
        text="\n".join(part.reply.text for part in parts),
        money=_cost(parts),
        understood=True,
    )


async def _streamed(document: dict[str, Any]) -> AsyncIterator[bytes]:
    frame = {**document, "object": "chat.completion.chunk", "usage": None}
    told = [
        {**frame, "choices": [{"delta": choice.pop("message"), **choice}]} for choice in document["choices"]
    ]
    told.append({**frame, "choices": [], "usage": document["usage"]})
    yield b"".join(b"data: " + _encode(event) + b"\n\n" for event in told) + events.DONE


def _summed(parts: list[_Part]) -> Usage:
    usage = Usage(reported=all(part.reply.usage.reported for part in parts))
    for name in _COUNTS:
        setattr(usage, name, sum(getattr(part.reply.usage, name) for part in parts))
    return usage


def _cost(parts: list[_Part]) -> Money | None:
    """What all calls cost; unknown where one is unknown, None where none was priced."""
    costs = [part.reply.money for part in parts if part.reply.money is not None]
    if not costs:
        return None
    known = all(cost.known for cost in costs) and len(costs) == len(parts)
    estimates = [cost.estimated_usd for cost in costs if cost.estimated_usd is not None]
    return Money(
        sum(cost.usd for cost in costs),
        known,
        costs[0].source,
        costs[0].as_of,
        estimated_usd=sum(estimates) if len(estimates) == len(costs) else None,
        lost_usd=sum(cost.lost_usd for cost in costs),
        lost_tokens=sum(cost.lost_tokens for cost in costs),
    )


def _written(usage: Usage) -> dict[str, Any]:
    return usage_of(
        fresh=usage.fresh_input + usage.audio_input + usage.image_input,
        output=usage.total - usage.input,
        cache_read=usage.cache_read,
        cache_write=usage.cache_write,
        cache_write_1h=usage.cache_write_1h,
        reasoning=usage.reasoning,
    )
