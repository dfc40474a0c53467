"""A limit of concurrency that follows what the upstream shows: it grows while answers take as long as ever, and shrinks when they take longer.

The rule is the gradient of Netflix's concurrency-limits (`Gradient2Limit`, Apache-2.0): a long and a short average of
the time that answers take; the limit is multiplied by their ratio, at least 0.5, and room for a queue of its square
root is added. A failure takes a tenth away.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

_SHORT, _LONG = 0.2, 0.01
_TOLERANCE = 1.5
"""Answers may take half as long again before the limit shrinks: lengths of answers differ."""
_SMOOTHING = 0.2
_LEAST = 1.0


@dataclass(slots=True)
class AdaptiveLimit:
    """At most `most`, at least one. Begins with a quarter of `most`, at least four."""

    most: int
    limit: float = 0.0
    _short_s: float = 0.0
    _long_s: float = 0.0

    def __post_init__(self) -> None:
        self.limit = float(min(self.most, max(4, self.most // 4)))

    def observe(self, seconds: float, *, under_way: int, well: bool) -> None:
        """An answer took so long while so many were under way."""
        if not well:
            self.limit = max(_LEAST, self.limit * 0.9)
            return
        self._short_s += _SHORT * (seconds - self._short_s) if self._short_s else seconds
        self._long_s += _LONG * (seconds - self._long_s) if self._long_s else seconds
        if self._long_s > 2.0 * self._short_s:
            self._long_s *= 0.95  # after a slow time, the memory of it must not let the limit grow too far
        if under_way * 2 < self.limit:
            return  # the limit was not in the way: nothing is known of it
        gradient = max(0.5, min(1.0, _TOLERANCE * self._long_s / max(self._short_s, 1e-9)))
        wished = self.limit * gradient + sqrt(self.limit)
        grown = self.limit + _SMOOTHING * (wished - self.limit)
        self.limit = max(_LEAST, min(float(self.most), grown))
