"""Retries to an upstream stay a share of its calls, so that an outage is not made worse by those who suffer from it."""

from __future__ import annotations

from dataclasses import dataclass, field

from colonnade.reliability.recent import Recent
from colonnade.reliability.sharing import Board

FLOOR_A_MINUTE = 10
"""Retries that a host may always make to an upstream in a minute, so that little traffic is retried, too."""

_WINDOW_S = 60.0
_MINUTE = 16


@dataclass(slots=True)
class RetryBudget:
    """Of calls that failed at one upstream, at most `share` of its calls in the last minute are tried again.

    Each worker spends the share of its own calls, which together is the share of all. What the floor allows is
    counted on the board, once for all workers. A share of 0 allows no retry at all.
    """

    share: float
    board: Board
    place: int
    _recent: Recent = field(default_factory=lambda: Recent(_WINDOW_S))

    def called(self, now: float) -> None:
        """A call, no retry, goes to the upstream."""
        self._recent.add_first(now)

    def spend(self, now: float) -> bool:
        """Whether one more failed call may be tried again."""
        if self.share <= 0.0:
            return False
        calls, retries = self._recent.counts(now)
        if retries + 1 <= self.share * calls:
            self._recent.add_second(now)
            return True
        return self._spend_floor(now)

    def _spend_floor(self, now: float) -> bool:
        if not self.board.acquire(self.place):
            return False
        try:
            word, minute = self.board.words[self.place], int(now / _WINDOW_S)
            used = word & ((1 << _MINUTE) - 1) if word >> _MINUTE == minute else 0
            if used >= FLOOR_A_MINUTE:
                return False
            self.board.words[self.place] = minute << _MINUTE | used + 1
            return True
        finally:
            self.board.release(self.place)


@dataclass(slots=True)
class HedgeBudget:
    """Of the calls of one route, at most `share` in the last minute are asked twice."""

    share: float
    _recent: Recent = field(default_factory=lambda: Recent(_WINDOW_S))

    def called(self, now: float) -> None:
        """A call takes the route."""
        self._recent.add_first(now)

    def spend(self, now: float) -> bool:
        """Whether one more call may be asked twice."""
        calls, hedged = self._recent.counts(now)
        if hedged + 1 > self.share * calls:
            return False
        self._recent.add_second(now)
        return True
