"""The Responses API as a dialect: read into a chat request, written from a chat answer."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from colonnade.errors import CallError
from colonnade.gateway.call import Call, Reply
from colonnade.gateway.dialect import EventWriter
from colonnade.gateway.responses.asked import asked_of
from colonnade.gateway.responses.ending import answer_of
from colonnade.gateway.responses.own_names import own_error
from colonnade.gateway.responses.reading import read_request
from colonnade.gateway.responses.stream import EventStream

_encode = msgspec.json.Encoder().encode


class Responses:
    """How `/v1/responses` is spoken.

    What is stored, and what a request continues, is the business of the stage `conversation`: without it nothing
    is stored, and `previous_response_id` must not be offered.
    """

    name: Final = "responses"

    def read(self, call: Call, request: dict[str, Any]) -> dict[str, Any]:
        """The chat request; `call.spoken` remembers the rest."""
        inner, call.spoken = read_request(request)
        return inner

    def write(self, call: Call, reply: Reply) -> bytes:
        """The response object."""
        asked = asked_of(call)
        if asked is None or reply.status != 200:
            return reply.body
        return _encode(answer_of(asked, reply))

    def events(self, call: Call, reply: Reply) -> EventWriter | None:
        """What writes the stream."""
        asked = asked_of(call)
        assert asked is not None, "a stream follows a request that was read"
        asked.stream = EventStream(asked, reply)
        return asked.stream

    def error(self, error: CallError, request_id: str) -> bytes:  # noqa: ARG002 - the interface
        """OpenAI's error object, in the names of this API."""
        return _encode(own_error(error))


RESPONSES: Final = Responses()
