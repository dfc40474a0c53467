"""A stored answer is served as if it were made now, says that it was not, and is metered at what it did not cost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, Literal

from colonnade.gateway.call import Call, Reply, Saved, Usage
from colonnade.gateway.capabilities import DROPPED, EMULATED
from colonnade.gateway.dialects.extensions import named
from colonnade.performance.answers import StoredAnswer
from colonnade.performance.cache_key import NO_PART_OF_THE_ANSWER

HEADER: Final = b"x-colonnade-cache"
STAGE: Final = "cache"
Verdict = Literal["off", "bypass", "miss", "hit", "shared", "similar"]
"""`shared`: answered together with an identical call that was under way; `similar`: with the answer to a question
that means the same."""


def say(call: Call, verdict: Verdict) -> None:
    """Tell the caller and the journal what the cache did; what was said before does not hold any more."""
    if call.cache != "off":
        call.reply_headers[:] = [each for each in call.reply_headers if each[0] != HEADER]
    call.cache = verdict
    call.reply_headers.append((HEADER, verdict.encode()))


def replayed(call: Call, found: StoredAnswer, verdict: Verdict, age_s: float) -> Reply:
    """The stored answer as a reply. The journal counts all its tokens as read from a cache, and none as made."""
    call.saved = found.saved
    call.answered_by = found.answered_by
    if found.binding is not None:
        call.binding_name, call.binding = found.binding_name, found.binding
    say(call, verdict)
    _announce(call, found)
    call.decide(STAGE, f"{verdict}: {found.saved.tokens} tokens avoided, {age_s:.0f} s old")
    reply = Reply(content_type=found.content_type)
    if call.stream:
        reply.chunks = _once(found.body)
        reply.first_byte_ms = (call.now() - call.started) * 1000.0
    else:
        reply.body, reply.text, reply.finish, reply.understood = found.body, found.text, found.finish, True

    async def avoided(closing: Reply) -> None:
        closing.usage = Usage(cache_read=found.saved.tokens, reported=True)

    reply.on_close(avoided)
    return reply


def saved_by(call: Call, reply: Reply) -> Saved:
    """What a closed call took, for those that are answered with its answer.

    Money is without attempts whose answers were not taken, energy the lower end of its range: at least so much is saved.
    """
    money, footprint = reply.money, reply.footprint
    return Saved(
        tokens=reply.usage.total,
        usd=money.usd - money.lost_usd if money is not None and money.known else 0.0,
        ms=(call.now() - call.started) * 1000.0,
        energy_wh=footprint.energy_min_wh if footprint is not None else 0.0,
    )


def when_recorded(reply: Reply, callback: Callable[[Reply], Awaitable[None]]) -> None:
    """Run `callback` last of all closing callbacks, when the answer is metered and in the journal."""

    async def settle(closing: Reply) -> None:
        closing.on_close(callback)

    reply.on_close(settle)


def dropped_by(call: Call) -> tuple[str, ...]:
    """The fields that were left out for the answer's maker and are part of every call that shares it."""
    return tuple(name for name in call.dropped_fields if name not in NO_PART_OF_THE_ANSWER)


def emulated_by(call: Call) -> bytes:
    """What the header says that was emulated; empty where nothing was."""
    return next((value for name, value in call.reply_headers if name == EMULATED), b"")


def own_words(call: Call, reply: Reply) -> str:
    """What the model said, without the notice that an AI answers, which stands before the first answer of a session."""
    notice = call.route.disclosure.text if call.route is not None else None
    return reply.text.removeprefix(notice).lstrip() if notice else reply.text


def _announce(call: Call, found: StoredAnswer) -> None:
    if found.dropped:
        call.dropped_fields = found.dropped
        call.reply_headers.append((DROPPED, ",".join(named(call, found.dropped)).encode()))
    if found.emulated:
        call.reply_headers.append((EMULATED, found.emulated))


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
