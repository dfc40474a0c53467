"""The bytes of an answer are read once, when it is whole: text, finish, usage, and the model that answered."""

from __future__ import annotations

import msgspec

from colonnade.errors import UpstreamFailed
from colonnade.gateway import events, wire
from colonnade.gateway.call import Call, Reply, Usage
from colonnade.gateway.estimate import estimated
from colonnade.gateway.tokens import usage_from
from colonnade.gateway.wire import Document, Message

_NULL = len("null")


def understand_whole(call: Call, reply: Reply) -> None:
    """Fill `reply` from its body.

    Raises:
        UpstreamFailed: the body is not JSON, or has no choices (embeddings: no data).
    """
    try:
        answer = wire.document(reply.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise malformed("The upstream answered something that is no answer.") from error
    if call.endpoint == "embeddings":
        if not answer.data:
            raise malformed("The upstream answered without embeddings.")
    elif not answer.choices or any(choice.message is None for choice in answer.choices):
        raise malformed("The upstream answered without choices.")
    _fill(call, reply, [answer])


def understand_events(call: Call, reply: Reply, blocks: list[bytes]) -> None:
    """Fill `reply` from the plain blocks of a stream that ended, well or not.

    Raises:
        UpstreamFailed: an event is not JSON of the right shape, or no choice was finished.
    """
    try:
        received = wire.documents(events.array(blocks)) if blocks else []
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        _fill(call, reply, _readable(blocks))
        raise malformed("The upstream sent an event that is no part of an answer.") from error
    _fill(call, reply, received)


def malformed(sentence: str) -> UpstreamFailed:
    """The error for an upstream that answers something that is no answer."""
    return UpstreamFailed(sentence, code="upstream_malformed")


def _readable(blocks: list[bytes]) -> list[Document]:
    """The events that can be read, of a stream in which one cannot: what the caller was sent is accounted."""
    readable = []
    for block in blocks:
        for data in events.split(block):
            try:
                readable.append(wire.document(data))
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                return readable
    return readable


def _fill(call: Call, reply: Reply, received: list[Document]) -> None:
    usage: msgspec.Raw | None = None
    texts: dict[int, list[str]] = {}
    for document in received:
        if len(document.usage) > _NULL:
            usage = document.usage
        for choice in document.choices or ():
            reply.finish = choice.finish_reason or reply.finish
            said = choice.delta or choice.message
            if said is not None:
                _collect(said, texts.setdefault(choice.index, []))
    call.answered_by = next((each.model for each in received if each.model), call.answered_by)
    reply.text = "\n".join("".join(texts[index]) for index in sorted(texts))
    reported = None if usage is None else usage_from(usage, text=reply.text)
    reply.usage = reported or (estimated(call, reply) if call.attempts else Usage())
    reply.understood = True


def _collect(said: Message, words: list[str]) -> None:
    if said.content:
        words.append(said.content)
    if said.refusal:
        words.append(said.refusal)
    if said.tool_calls:
        called = (tool.function for tool in said.tool_calls if tool.function is not None)
        words.extend(f"{function.name or ''}{function.arguments or ''}" for function in called)
