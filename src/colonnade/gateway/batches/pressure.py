"""How much room interactive calls leave is counted, not guessed: rows wait while too many others are under way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from colonnade.gateway.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Pressure:
    """Calls under way that are no rows, as a share of `yield_at`; rows begin while it is below 1."""

    metrics: Metrics
    rows_under_way: Callable[[], int]
    yield_at: Callable[[], int]

    def __call__(self) -> float:
        """The share now."""
        return max(0, self.metrics.in_flight - self.rows_under_way()) / self.yield_at()
