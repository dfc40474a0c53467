"""A dialect is how a caller speaks: stages see the gateway's own form alone, which is OpenAI's chat completions.

Reading is the first thing that happens to a body, writing the last that happens to an answer; between the two
nothing knows which dialect the caller speaks. Endpoints that are no chat have one dialect, OpenAI's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from colonnade.errors import CallError
from colonnade.gateway import wire

if TYPE_CHECKING:
    from colonnade.gateway.call import Call, Reply


class EventWriter(Protocol):
    """Writes one streamed answer in the caller's dialect."""

    def take(self, block: bytes) -> bytes:
        """The caller's events for whole events of the gateway's form; b"" if there is nothing to say yet.

        The event that only tells the usage is among them, whether or not the caller asked for it.
        """

    def end(self, reply: Reply) -> bytes:
        """The events that end a complete answer, the dialect's own mark of the end included."""

    def fail(self, error: CallError) -> bytes:
        """The event that ends an answer which broke off; never followed by the mark of a good end."""


class Dialect(Protocol):
    """How requests are read and answers written. One object serves all calls: it keeps no state of a call."""

    @property
    def name(self) -> str:
        """The dialect's name, as the journal has it."""

    def read(self, call: Call, request: dict[str, Any]) -> dict[str, Any]:
        """The request in the gateway's form; raises InvalidRequest naming the caller's own field."""

    def write(self, call: Call, reply: Reply) -> bytes:
        """The caller's body for a whole reply, which is complete and understood."""

    def events(self, call: Call, reply: Reply) -> EventWriter | None:
        """What writes the stream; None where the gateway's form passes as it is."""

    def error(self, error: CallError, request_id: str) -> bytes:
        """The body of an error."""


class OpenAI:
    """The gateway's own form: what the caller sends is what stages see."""

    name: Final = "openai"

    def read(self, call: Call, request: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the interface
        """The request as it is."""
        return request

    def write(self, call: Call, reply: Reply) -> bytes:  # noqa: ARG002 - the interface
        """The body as it is."""
        return reply.body

    def events(self, call: Call, reply: Reply) -> EventWriter | None:  # noqa: ARG002 - the interface
        """The stream passes as it is."""
        return None

    def error(self, error: CallError, request_id: str) -> bytes:  # noqa: ARG002 - the interface
        """OpenAI's error object."""
        return wire.error_body(error)


OPENAI: Final = OpenAI()
