"""OpenAI's legacy completions: a prompt becomes the message of a user, and the answer's text a completion.

Several prompts are led on one by one (`prompts.py`). What a chat model cannot do, such as filling in before a suffix,
is refused.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from colonnade.errors import CallError
from colonnade.gateway import wire
from colonnade.gateway.call import Call, Reply
from colonnade.gateway.dialects.completion_events import CompletionEvents
from colonnade.gateway.dialects.completion_fields import chat_request, choice_of, id_of, prompts_of
from colonnade.gateway.dialects.inner import answer

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Completions:
    """The dialect `completions`. `call.spoken` holds the prompts."""

    name: Final = "completions"

    def read(self, call: Call, request: dict[str, Any]) -> dict[str, Any]:
        """The request as a chat request, for the first prompt."""
        call.spoken = prompts_of(request)
        return chat_request(request, call.spoken)

    def write(self, call: Call, reply: Reply) -> bytes:
        """The answer as a completion; fields that nobody knows stay in it."""
        document = _decode(reply.body)
        choices = [choice_of(each, call.spoken) for each in answer(reply.body).choices or ()]
        document.update(id=id_of(document.get("id")), object="text_completion", choices=choices)
        return msgspec.json.encode(document)

    def events(self, call: Call, reply: Reply) -> CompletionEvents:  # noqa: ARG002 - the interface
        """What writes the stream."""
        return CompletionEvents(call)

    def error(self, error: CallError, request_id: str) -> bytes:  # noqa: ARG002 - the interface
        """OpenAI's error object."""
        return wire.error_body(error)


COMPLETIONS: Final = Completions()
