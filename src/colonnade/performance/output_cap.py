"""Every chat request that reaches a model carries an output limit, and deterministic routes a seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from colonnade.errors import InvalidRequest
from colonnade.gateway.call import Call, Forward, Reply
from colonnade.workload.specification import Specification

HEADER = b"x-colonnade-output-cap"
FIELDS = ("max_completion_tokens", "max_tokens")
SEED = 7


@dataclass(frozen=True, slots=True)
class OutputCap:
    """The stage `cap`: `max_tokens` and `max_completion_tokens` are at most `routes.*.max_output_tokens`.

    A lower limit of the caller's stays. Where there is none, the route's is set, in the field that the upstream
    knows: `openai` names the upstreams of OpenAI itself, whose newer models refuse `max_tokens`.
    """

    openai: frozenset[str] = frozenset()
    name: str = "cap"

    @classmethod
    def of(cls, specification: Specification) -> OutputCap:
        """The stage for a workload."""
        names = (name for name, it in specification.upstreams.items() if it.provider in {"openai", "azure"})
        return cls(frozenset(names))

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        """Bound the answer.

        Raises:
            InvalidRequest: a limit that is no whole number of at least 1.
        """
        if call.endpoint == "chat" and call.route is not None:
            cap = self._bound(call, call.route.max_output_tokens)
            call.reply_headers.append((HEADER, b"%d" % cap))
            if call.route.deterministic:
                settle(call.request)
        return await forward(call)

    def _bound(self, call: Call, limit: int) -> int:
        request, lowest = call.request, 0
        for name in FIELDS:
            given = request.get(name)
            if given is not None:
                request[name] = bounded = min(_whole_number(name, given), limit)
                lowest = min(lowest or bounded, bounded)
        if not lowest:
            request[self._field(call)] = lowest = limit
        return lowest

    def _field(self, call: Call) -> str:
        known = call.binding is not None and call.binding.upstream in self.openai
        return "max_completion_tokens" if known else "max_tokens"


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
