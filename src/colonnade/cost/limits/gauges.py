"""A limit counts each holder in a counter for each thing that it limits: requests, tokens, money, calls at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from colonnade.cost.budgets.bound import nano
from colonnade.cost.counting.counter import Counter
from colonnade.cost.counting.counters import Counters
from colonnade.cost.counting.span import Sliding, Span, Standing
from colonnade.gateway.call import Call
from colonnade.workload.sections.promises import Limit

Kind = Literal["requests", "tokens", "usd", "concurrent"]

KINDS: tuple[Kind, ...] = ("concurrent", "requests", "tokens", "usd")
"""In the order in which they are reserved."""

_WHOSE = {
    "workload": "of all callers together", "key": "of this key", "team": "of this team",
    "tenant": "of this tenant", "route": "of this route", "model": "of this model",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gauge:
    """One thing that one limit counts for one holder."""

    kind: Kind
    limit: Limit
    counter: Counter

    @property
    def told(self) -> str:
        """The limit in words, without the holder's name."""
        whose = _WHOSE[self.limit.per]
        if self.kind == "concurrent":
            return f"{self.limit.concurrent} calls at once {whose}"
        amounts = {
            "requests": f"{self.limit.requests} requests",
            "tokens": f"{self.limit.tokens} tokens",
            "usd": f"{self.limit.usd:g} US dollars" if self.limit.usd else "",
        }
        return f"{amounts[self.kind]} in {self.limit.window_s:g} s {whose}"


@dataclass(frozen=True, slots=True)
class Declared:
    """A limit of the workload file, and what tells its counters from those of others."""

    limit: Limit
    name: str

    def gauges(self, holder: str, counters: Counters) -> list[Gauge]:
        """The gauges of a holder, in the order of `KINDS`."""
        caps = {kind: _cap(self.limit, kind) for kind in KINDS}
        sliding: Span = Sliding(self.limit.window_s)
        return [
            Gauge(
                kind,
                self.limit,
                counters.counter(
                    f"{self.name}/{kind}/{holder}", Standing() if kind == "concurrent" else sliding, cap
                ),
            )
            for kind, cap in caps.items()
            if cap is not None
        ]


def declared(limits: Sequence[Limit]) -> list[Declared]:
    """Every limit with a name that does not change when another one is added, taken out or raised."""
    seen: dict[str, int] = {}
    named = []
    for limit in limits:
        name = f"limit/{limit.per}/{limit.only or '*'}"
        seen[name] = seen.get(name, 0) + 1
        named.append(Declared(limit, f"{name}/{seen[name]}"))
    return named


HOLDERS: Mapping[str, Callable[[Call, Mapping[str, str]], str]] = {
    "workload": lambda call, labels: "",  # noqa: ARG005 - all share one count
    "key": lambda call, labels: call.identity.key_id if call.identity else "",  # noqa: ARG005 - no label
    "team": lambda call, labels: labels.get("team", ""),  # noqa: ARG005 - the label alone
    "tenant": lambda call, labels: labels.get("tenant", ""),  # noqa: ARG005 - the label alone
    "route": lambda call, labels: call.route_name,  # noqa: ARG005 - no label
    "model": lambda call, labels: call.binding_name,  # noqa: ARG005 - no label
}
"""Whose use is counted. Calls without the label are counted together."""


def _cap(limit: Limit, kind: Kind) -> int | None:
    amount = getattr(limit, kind)
    if amount is None:
        return None
    return nano(amount) if kind == "usd" else int(amount)
