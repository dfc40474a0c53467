"""How an answer ended decides what its response says, and only an answer that ended well is called complete."""

from __future__ import annotations

import time
from typing import Final

from msgspec.structs import replace

from colonnade.gateway.call import Reply
from colonnade.gateway.responses import inner
from colonnade.gateway.responses.answer import AnswerDraft
from colonnade.gateway.responses.asked import Asked
from colonnade.gateway.responses.wire import Failure, IncompleteDetails, Response, shown

_INCOMPLETE: Final = {"length": "max_output_tokens", "content_filter": "content_filter"}
"""Chat's reasons for an answer that is not all that the model would have said."""

_BROKEN = "The answer broke off before it was complete."


def ended(asked: Asked, draft: AnswerDraft, reply: Reply) -> Response:
    """The response of an answer whose end is known; `reply` is understood."""
    if not reply.complete:
        return broken(asked, draft, reply, Failure(reply.error or "internal_error", _BROKEN))
    reason = _INCOMPLETE.get(reply.finish)
    return replace(
        begun(asked, draft),
        status="completed" if reason is None else "incomplete",
        completed_at=int(time.time()) if reason is None else None,
        incomplete_details=None if reason is None else IncompleteDetails(reason),
        output=draft.finish(cut_short=reason is not None),
        usage=shown(reply.usage),
    )


def broken(asked: Asked, draft: AnswerDraft, reply: Reply, failure: Failure) -> Response:
    """The response of an answer that broke off, with what there is of it."""
    left = reply.error == "client_gone"
    return replace(
        begun(asked, draft),
        status="cancelled" if left else "failed",
        error=None if left else failure,
        output=draft.seen(cut_short=True),
        usage=shown(reply.usage) if reply.understood else None,
    )


def begun(asked: Asked, draft: AnswerDraft) -> Response:
    """The response of an answer under way; `model` is the one that the answer names."""
    return replace(asked.response, model=draft.model or asked.response.model)


def ended_whole(asked: Asked, reply: Reply) -> Response:
    """The response of a whole reply.

    Raises:
        UpstreamFailed: the reply is no answer.
    """
    draft = AnswerDraft(asked.id)
    draft.take_all([inner.whole(reply.body)])
    return ended(asked, draft, reply)


def answer_of(asked: Asked, reply: Reply) -> Response:
    """The response that answers the call, made once: what is kept is what is sent."""
    if asked.answer is None:
        if asked.stream is not None:
            asked.answer = asked.stream.conclude()
        else:
            asked.answer = ended_whole(asked, reply)
    return asked.answer
