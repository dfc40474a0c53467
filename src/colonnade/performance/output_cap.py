"""Every chat request that reaches a model carries an output limit, and deterministic routes a seed."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

from colonnade.errors import InvalidRequest
from colonnade.gateway.call import Call, Forward, Reply

HEADER = b"x-colonnade-output-cap"
FIELDS = ("max_completion_tokens", "max_tokens")
SEED = 7


@dataclass(frozen=True, slots=True)
class OutputCap:
    """The stage `cap`: an answer has at most `routes.*.max_output_tokens`, and a lower limit of the caller's stays.

    The limit is written as `max_tokens`, which every kind of upstream understands; an upstream of OpenAI's own, whose
    newer models refuse that name, is asked by the other one (`gateway/upstream/openai_compatible.py`).
    """

    name: str = "cap"

    def __call__(self, call: Call, forward: Forward) -> Awaitable[Reply]:
        """Bound the answer.

        Raises:
            InvalidRequest: a limit that is no whole number of at least 1.
        """
        if call.endpoint == "chat" and call.route is not None:
            cap = bounded(call.request, call.route.max_output_tokens)
            call.reply_headers.append((HEADER, b"%d" % cap))
            if call.route.deterministic:
                settle(call.request)
        return forward(call)


def bounded(request: dict[str, Any], limit: int) -> int:
    """Write the lowest limit into the request, in place of what the caller called it, and return it."""
    given = [_whole_number(name, request[name]) for name in FIELDS if request.get(name) is not None]
    lowest = min([*given, limit])
    for name in FIELDS:
        request.pop(name, None)
    request["max_tokens"] = lowest
    return lowest


def settle(request: dict[str, Any]) -> None:
    """Temperature 0 and a seed, where the caller gave neither a value of its own."""
    if request.get("temperature") is None:
        request["temperature"] = 0
    if request.get("seed") is None:
        request["seed"] = SEED


def _whole_number(name: str, value: Any) -> int:
    if type(value) is not int or value < 1:
        raise InvalidRequest(
            f"The field '{name}' must be a whole number of at least 1.", code="invalid_type", param=name
        )
    return int(value)
