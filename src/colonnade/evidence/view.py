"""A view is the typed shape of one topic's facts: what judges name in their annotations.

    @view("traffic.records", binds=("policy",))
    class RequestRecords(msgspec.Struct, frozen=True):
        requests: int
        recorded: int

A collector builds the view and `Record.facts` is the view as plain data; the judge turns it back.
`binds` names the parts of the subject whose replacement voids the evidence. A `snapshot` was taken elsewhere and is
imported, never collected: it ages from the oldest thing in it, the beginning of its window.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import msgspec

Part = Literal["workload", "intent", "policy", "release", "models", "prompts", "knowledge", "datasets"]
ViewType = TypeVar("ViewType", bound=type[msgspec.Struct])


@dataclass(frozen=True, slots=True)
class Topic:
    """What a view type is about."""

    name: str
    binds: tuple[Part, ...]
    snapshot: bool = False


_TOPIC = "__colonnade_topic__"


def view(
    topic: str, *, binds: tuple[Part, ...] = (), snapshot: bool = False
) -> Callable[[ViewType], ViewType]:
    """Mark a frozen msgspec struct as the facts of `topic`."""

    def mark(cls: ViewType) -> ViewType:
        setattr(cls, _TOPIC, Topic(topic, binds, snapshot))
        return cls

    return mark


def topic_of(cls: type[Any]) -> Topic | None:
    """The topic of a view type, or None for other types."""
    return cls.__dict__.get(_TOPIC)
