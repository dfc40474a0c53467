"""Cost and carbon over time: one pass over requests, cut into equal steps, put down to what caused them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from colonnade.cost.summary import CAUSES
from colonnade.evidence.request import RequestRecord

Grouping = Literal["route", "model", "team", "use_case", "cost_center"]
GROUPINGS: Mapping[Grouping, str] = {
    "route": "Route",
    "model": "Model",
    "team": "Team",
    "use_case": "Use case",
    "cost_center": "Cost center",
}
"""What cost and carbon can be put down to, with the words for it."""
UNNAMED = "(none)"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time until now, cut into equal steps; `by` is what spend is put down to."""

    hours: int = 24
    step_s: int = 3600
    by: Grouping = "route"


@dataclass(slots=True)
class Spent:
    """Sums over some requests: US dollars, Wh and gCO2e as ranges.

    `unpriced` requests reached a model without a known price, `unestimated` ones have no footprint: the true
    sums are higher by what those cost.
    """

    requests: int = 0
    answered: int = 0
    usd: float = 0.0
    unpriced: int = 0
    energy_min_wh: float = 0.0
    energy_max_wh: float = 0.0
    carbon_min_g: float = 0.0
    carbon_max_g: float = 0.0
    unestimated: int = 0

    def add(self, request: RequestRecord) -> None:
        """Count one request."""
        self.requests += 1
        self.answered += request.outcome == "answered"
        self.usd += request.usd if request.price_known else 0.0
        self.unpriced += request.reached_upstream and not request.price_known
        self.energy_min_wh += request.energy_min_wh
        self.energy_max_wh += request.energy_max_wh
        self.carbon_min_g += request.carbon_min_g
        self.carbon_max_g += request.carbon_max_g
        self.unestimated += request.reached_upstream and request.footprint_method in {"", "unknown"}

    @property
    def usd_per_answer(self) -> float | None:
        """US dollars for a complete answer; None before the first, or where any price is unknown."""
        return None if self.unpriced or not self.answered else self.usd / self.answered


@dataclass(slots=True)
class Series:
    """Sums by step and by cause. `at` holds the beginning of each step, seconds since the epoch.

    `causes` maps each cause, dearest first, to its sums in each step; `totals` to its sum over all of them.
    """

    span: Span
    at: Sequence[int]
    steps: Sequence[Spent]
    total: Spent
    causes: Mapping[str, Sequence[Spent]] = field(default_factory=dict)
    totals: Mapping[str, Spent] = field(default_factory=dict)


def beginning(span: Span, now: float) -> int:
    """When the first step begins: steps end on whole steps of the clock, the last one with `now` inside."""
    last = int(now // span.step_s) * span.step_s
    return last - (span.hours * 3600 // span.step_s - 1) * span.step_s


def series(requests: Iterable[RequestRecord], span: Span, now: float) -> Series:
    """Add up `requests`, which were opened within the span, by step and by cause."""
    start, count = beginning(span, now), span.hours * 3600 // span.step_s
    cause = CAUSES[span.by]
    total, steps = Spent(), [Spent() for _ in range(count)]
    causes: dict[str, list[Spent]] = {}
    totals: dict[str, Spent] = {}
    for request in requests:
        place = int((request.opened_at - start) // span.step_s)
        if not 0 <= place < count:
            continue
        name = cause(request) or UNNAMED
        if name not in causes:
            causes[name], totals[name] = [Spent() for _ in range(count)], Spent()
        for each in (total, steps[place], totals[name], causes[name][place]):
            each.add(request)
    dearest = sorted(totals, key=lambda name: (-totals[name].usd, -totals[name].carbon_max_g, name))
    return Series(
        span,
        [start + place * span.step_s for place in range(count)],
        steps,
        total,
        {name: causes[name] for name in dearest},
        {name: totals[name] for name in dearest},
    )
