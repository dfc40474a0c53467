"""Documents and events of the simulator's endpoints that are no chat, with the faults that spoil what is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from colonnade.gateway.upstream.faces.asked import Asked
from colonnade.gateway.upstream.script import Script, event, whole


def told(asked: Asked, document: dict[str, Any], *, seconds: float = 0.0) -> Script:
    """A whole answer, `seconds` after its beginning."""
    return whole(_spoiled(asked, document), after_s=asked.simulation.first_byte_s + seconds)


def told_in_events(asked: Asked, events: Sequence[dict[str, Any]]) -> Script:
    """A stream of events; the last one ends it."""
    *parts, last = events
    gap_s = 1.0 / asked.simulation.tokens_per_s
    steps = [(gap_s, event(part)) for part in (*parts, _spoiled(asked, last))]
    steps[0] = (asked.simulation.first_byte_s, steps[0][1])
    return Script(headers={"content-type": "text/event-stream"}, steps=steps)


def usage(given: int, made: int, **details: Mapping[str, int]) -> dict[str, Any]:
    """Usage as OpenAI's endpoints write it that are no chat."""
    return {"input_tokens": given, "output_tokens": made, "total_tokens": given + made, **details}


def _spoiled(asked: Asked, document: dict[str, Any]) -> dict[str, Any]:
    match asked.fault:
        case "usage_missing":
            return {name: value for name, value in document.items() if name != "usage"}
        case "usage_wrong" if "usage" in document:
            return {**document, "usage": {**document["usage"], "total_tokens": 7}}
        case "wrong_model":
            return {**document, "model": "another-model-2020"}
        case "empty":
            empty = {"data": None, "results": None}
            return {name: empty.get(name, value) for name, value in document.items()}
    return document
