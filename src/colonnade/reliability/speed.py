"""How fast a target begins to answer, as an average that forgets."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

_SMOOTHING = 0.2
_FORGOTTEN_S = 20.0
_PATIENCE = 2.0


@dataclass(slots=True)
class Speed:
    """Seconds from asking to the first byte of a stream, or to a whole answer: an exponentially weighted average."""

    average_s: float = 0.0
    at: float = 0.0

    def observe(self, seconds: float, now: float) -> None:
        """An answer began after so long."""
        self.average_s += _SMOOTHING * (seconds - self.average_s) if self.average_s else seconds
        self.at = now

    def expected_s(self, now: float) -> float:
        """The average, fading while nothing is observed, so that a target that was slow once is looked at again."""
        return self.average_s * exp((self.at - now) / _FORGOTTEN_S)

    def blames(self, silent_s: float) -> bool:
        """Whether a silence is the target's fault: a caller with little patience must not open a breaker.

        It is, when the target was silent for twice as long as it usually takes.
        """
        return silent_s >= _PATIENCE * self.average_s
