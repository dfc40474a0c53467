"""A streamed answer is told in the events of the Responses API; `response.completed` comes after a whole answer only."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from colonnade.errors import CallError
from colonnade.gateway.call import Reply
from colonnade.gateway.responses import events, inner
from colonnade.gateway.responses.answer import AnswerDraft
from colonnade.gateway.responses.asked import Asked
from colonnade.gateway.responses.ending import answer_of, begun, ended
from colonnade.gateway.responses.wire import Failure, Response

_LAST: Final = {"completed": events.Completed, "incomplete": events.Incomplete}


class EventStream:
    """Writes one streamed response: an event writer of the gateway's."""

    __slots__ = ("_asked", "_draft", "_lines", "_number", "_reply")

    def __init__(self, asked: Asked, reply: Reply) -> None:
        self._asked = asked
        self._reply = reply
        self._draft = AnswerDraft(asked.id, self._say)
        self._lines: list[bytes] = []
        self._number = 0

    def take(self, block: bytes) -> bytes:
        """The events for a block of the gateway's form; raises UpstreamFailed where it is none."""
        documents = inner.pieces(block)
        if not self._number:
            self._draft.name(documents)
            self._open()
        self._draft.take_all(documents)
        return self._told()

    def conclude(self) -> Response:
        """The response, when the end of its answer is known; the events that close its items wait to be told."""
        return ended(self._asked, self._draft, self._reply)

    def end(self, reply: Reply) -> bytes:
        """The last events of a complete answer."""
        if not self._number:
            self._open()
        response = answer_of(self._asked, reply)
        self._say(_LAST[response.status](response=response))
        return self._told()

    def fail(self, error: CallError) -> bytes:
        """The event that ends an answer which broke off, or which could not be kept."""
        self._lines.clear()
        if not self._number:
            self._open()
        known = self._asked.answer or self._draft_of_failure()
        failure = Failure(error.code or error.type, error.message)
        response = replace(known, status="failed", completed_at=None, incomplete_details=None, error=failure)
        self._say(events.Failed(response=response))
        return self._told()

    def _draft_of_failure(self) -> Response:
        return replace(begun(self._asked, self._draft), output=self._draft.seen(cut_short=True))

    def _open(self) -> None:
        response = begun(self._asked, self._draft)
        self._say(events.Created(response=response))
        self._say(events.InProgress(response=response))

    def _say(self, event: events.Event) -> None:
        event.sequence_number = self._number
        self._number += 1
        self._lines.append(events.written(event))

    def _told(self) -> bytes:
        told = b"".join(self._lines)
        self._lines.clear()
        return told
