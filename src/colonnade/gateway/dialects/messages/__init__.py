"""Anthropic's Messages API (version 2023-06-01), spoken by callers: translated at the outermost edge of the gateway."""

from __future__ import annotations

from typing import Any, Final

from colonnade.errors import CallError
from colonnade.gateway.call import Call, Reply
from colonnade.gateway.dialects.messages import errors
from colonnade.gateway.dialects.messages.events import MessageEvents
from colonnade.gateway.dialects.messages.reading import chat_request
from colonnade.gateway.dialects.messages.writing import message

__all__ = ["MESSAGES", "Messages"]


class Messages:
    """The dialect `anthropic`."""

    name: Final = "anthropic"

    def read(self, call: Call, request: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the interface
        """The request as a chat request."""
        return chat_request(request)

    def write(self, call: Call, reply: Reply) -> bytes:
        """The answer as a message."""
        return message(call, reply)

    def events(self, call: Call, reply: Reply) -> MessageEvents:  # noqa: ARG002 - the interface
        """What writes the stream."""
        return MessageEvents(call)

    def error(self, error: CallError, request_id: str) -> bytes:
        """Anthropic's error object."""
        return errors.error_body(error, request_id)


MESSAGES: Final = Messages()
