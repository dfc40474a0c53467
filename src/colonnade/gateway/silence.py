"""An answer that was finished and says nothing is none: it is told apart from answers in forms that nobody here knows.

Read only where no text was found: usually an answer has some, and then nothing is looked at twice.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from colonnade.errors import UpstreamFailed
from colonnade.gateway.call import Reply

EMPTY: Final = "upstream_empty"
PLENTY: Final = "stop"
"""The finish of an answer that was not cut. One that a limit or a filter ended may say nothing."""


class Choice(msgspec.Struct, gc=False):
    """One choice, with every field of what it says: text is not all that a model may answer with."""

    delta: dict[str, Any] | None = None
    message: dict[str, Any] | None = None
    finish_reason: str | None = None

    @property
    def says(self) -> bool:
        """Whether it holds more than a role: text, a call, a sound, a picture, a thought."""
        said = self.delta or self.message or {}
        return any(value for name, value in said.items() if name != "role")


class Event(msgspec.Struct, gc=False):
    """A whole answer, or one event of a stream."""

    choices: list[Choice] | None = None
    model: str | None = None
    usage: msgspec.Raw = msgspec.Raw()
    error: msgspec.Raw = msgspec.Raw()

    @property
    def says(self) -> bool:
        """Whether any of its choices does."""
        return any(choice.says for choice in self.choices or ())

    @property
    def finish(self) -> str:
        """How a choice ended, empty where none did."""
        return next((choice.finish_reason for choice in self.choices or () if choice.finish_reason), "")


event = msgspec.json.Decoder(Event).decode
events = msgspec.json.Decoder(list[Event]).decode


def silent(reply: Reply) -> bool:
    """Whether a whole answer, which is understood, says nothing although nothing cut it."""
    return not reply.text and reply.finish == PLENTY and not event(reply.body).says


def nothing_said() -> UpstreamFailed:
    """The error for an answer that says nothing."""
    return UpstreamFailed("The upstream answered with nothing.", code=EMPTY)
