"""The bytes of an answer are read once, when it is whole: text, finish, usage, and the model that answered."""

from __future__ import annotations

from colonnade.errors import CallError
from colonnade.gateway import wire
from colonnade.gateway.account import Account, fill
from colonnade.gateway.answers import MADE, Said, said_in, said_last
from colonnade.gateway.call import Call, Reply
from colonnade.gateway.estimate import estimated
from colonnade.gateway.tokens import usage_from
from colonnade.gateway.unreadable import UNREADABLE, malformed
from colonnade.gateway.upstream.verdicts import told


def understand_whole(call: Call, reply: Reply) -> None:
    """Fill `reply` from its body.

    Raises:
        CallError: the body is not JSON, or has no choices (other endpoints: not what they are about); or it is an error.
    """
    if call.endpoint != "chat":
        _understand_other(call, reply, said_in(call.endpoint, reply.body, reply.content_type))
        return
    try:
        answer = wire.document(reply.body)
    except UNREADABLE as error:
        raise malformed("The upstream answered something that is no answer.") from error
    if not answer.choices and len(answer.error) > len("null"):
        raise told(bytes(answer.error))
    if _took_plain_text(call, reply, answer):
        return
    if not answer.choices or any(choice.message is None for choice in answer.choices):
        raise malformed("The upstream answered without choices.")
    account = Account()
    account.take(answer)
    account.settle(call, reply)


def _took_plain_text(call: Call, reply: Reply, answer: wire.Document) -> bool:
    """The usual answer has one choice with a text and nothing else: there is nothing to add up."""
    if answer.choices is None or len(answer.choices) != 1:
        return False
    choice = answer.choices[0]
    said = choice.message
    if said is None or said.refusal or said.tool_calls:
        return False
    reply.text, reply.finish = said.content or "", choice.finish_reason or reply.finish
    fill(call, reply, answer.model or "", answer.usage if len(answer.usage) > len("null") else None)
    return True


def understand_media(call: Call, reply: Reply, last: list[bytes]) -> bool:
    """Fill `reply` from the last events of a stream that is no chat; whether one of them ends the answer.

    A stream of sound has no events, and its usage is estimated.
    """
    said = next((found for found in map(said_last, reversed(last)) if found is not None), None)
    _fill_other(call, reply, said or Said())
    return said is not None


def _understand_other(call: Call, reply: Reply, said: Said | None) -> None:
    if said is None:
        error = _error_of(reply.body)
        if error is not None:
            raise error
        raise malformed(f"The upstream answered something that is no answer of {call.endpoint}.")
    _fill_other(call, reply, said)


def _error_of(body: bytes) -> CallError | None:
    """What a body says that is an error in place of an answer."""
    try:
        error = wire.document(body).error
    except UNREADABLE:
        return None
    return told(bytes(error)) if len(error) > len("null") else None


def _fill_other(call: Call, reply: Reply, said: Said) -> None:
    reply.text, call.answered_by = said.text, said.model or call.answered_by
    made, spoken = MADE.get(call.endpoint, "text"), said.text if call.endpoint == "transcriptions" else ""
    reported = None if said.usage is None else usage_from(said.usage, text=spoken, made=made)
    reply.usage = reported or estimated(call, reply)
    reply.understood = True
