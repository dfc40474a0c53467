"""What a call remembers of the request for a response: what the answer repeats, and what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from colonnade.gateway.call import Call
from colonnade.gateway.responses.wire import Response

if TYPE_CHECKING:
    from colonnade.gateway.responses.stream import EventStream

Items = list[dict[str, Any]]


@dataclass(slots=True)
class Asked:
    """One request for a response, as it was read.

    `items` are the new input, each with an id. `store` is what the caller said; the stage that keeps responses
    decides what it means. `left_out` names what was asked for and cannot be done by any upstream. `answer` is
    there when the answer is known.
    """

    response: Response
    items: Items
    instructions: str | None
    store: bool | None
    left_out: tuple[str, ...] = ()
    stream: EventStream | None = None
    answer: Response | None = field(default=None)

    @property
    def id(self) -> str:
        """The id of the response that will answer."""
        return self.response.id

    @property
    def continues(self) -> bool:
        """Whether stored responses must be read before the request is complete."""
        return self.response.previous_response_id is not None or any(
            item["type"] == "item_reference" for item in self.items
        )


def asked_of(call: Call) -> Asked | None:
    """What the call asked in this dialect; None for a call in another one."""
    return call.spoken if isinstance(call.spoken, Asked) else None
