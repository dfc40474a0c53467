"""A target that keeps failing is left alone, tried by one real call at a time, and used again as soon as one succeeds.

    closed ──failures in a row, or their share──▶ open ──after a while──▶ half open: one probe
       ▲                                            ▲ │                        │        │
       └────────────── the probe was answered ──────┼─┼────────────────────────┘        │
                                                    └─┼── it failed: twice as long ─────┘
                                                      └── it said neither (429, a faulty request): the next call may try

The word on the board is the whole state: at or below 0 it is closed (below: since when), else it says when a probe may
start, how often it opened in a row, and why. A probe is the lock of the place, so there is one over all workers, and a worker that dies with it frees it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from colonnade.reliability.recent import Recent
from colonnade.reliability.sharing import Board
from colonnade.workload.sections.serving import Breaker as Limits

Failure = Literal["connect", "server", "timeout", "malformed", "denied", "broken", "quota"]
"""Classes of failures, each with a row of its own: no connection; 5xx; silence; no answer in what was said; our key or
model refused; broken off after the first byte; nothing left of a quota that waiting does not fill."""

State = Literal["closed", "open", "half_open"]

FAILURES: Final[tuple[Failure, ...]] = get_args(Failure)
_OPENS, _MOST_OPENS, _CAUSE = 8, 255, 255
_TRY_AT = 16


@dataclass(frozen=True, slots=True)
class Transition:
    """A breaker changed: of which target, from what to what, why, and when (seconds since the epoch)."""

    target: str
    before: State
    after: State
    cause: str
    at: float


Told = Callable[[Transition], None]


def nobody(_: Transition) -> None:
    """Nobody wants to know."""


@dataclass(slots=True)
class Breaker:
    """The breaker of one target, as one worker sees it.

    Each worker counts what it meets itself; the first whose count is full opens the breaker for all. `clock` is the same
    for all workers of a host (`time.monotonic`); seconds.
    """

    target: str
    limits: Limits
    board: Board
    place: int
    clock: Callable[[], float] = time.monotonic
    told: Told = nobody
    _rows: dict[Failure, int] = field(default_factory=dict)
    _recent: Recent = field(init=False)
    _words: memoryview = field(init=False)
    _announced: int = 0

    def __post_init__(self) -> None:
        self._recent = Recent(self.limits.window_s)
        self._words = self.board.words

    @property
    def closed(self) -> bool:
        """Whether calls flow: one look at the board."""
        return self._words[self.place] <= 0

    @property
    def cause(self) -> str:
        """Why it is open; empty when closed."""
        word = self._words[self.place]
        return FAILURES[(word & _CAUSE) - 1] if word > 0 else ""

    def opens_in_s(self, now: float) -> float:
        """Seconds until a probe may start; 0 when closed or due."""
        word = self._words[self.place]
        # A time that no breaker could have written is left from before the machine started anew: it is due.
        wait_s = (word >> _TRY_AT) / 1000.0 - now if word > 0 else 0.0
        return wait_s if 0.0 < wait_s <= self.limits.longest_open_s + 1.0 else 0.0

    def try_probe(self, now: float) -> bool:
        """Whether this call is the probe: then it must end in `answered`, `failed` or `undecided`, as the probe."""
        if self.closed or self.opens_in_s(now) or not self.board.acquire(self.place):
            return False
        if self.closed or self.opens_in_s(now):  # somebody else's probe ended between the two looks
            self.board.release(self.place)
            return False
        word = self._words[self.place]
        if self._announced != word:
            self._announced = word
            self._tell("open", "half_open", self.cause)
        return True

    def go_on_from(self, other: Breaker) -> None:
        """Take over what another breaker of the same target knew, unless this one knows something itself."""
        if not self._words[self.place]:
            self._words[self.place] = other.board.words[other.place]

    def answered(self, now: float, *, probe: bool = False) -> None:
        """The target began to answer."""
        if probe:
            self._close(now)
            return
        self._recent.add_first(now)
        if self._rows:
            broken = self._rows.pop("broken", 0)
            self._rows = {"broken": broken} if broken else {}

    def completed(self) -> None:
        """A stream came to its good end."""
        if self._rows:
            self._rows.pop("broken", None)

    def failed(self, failure: Failure, began: float, *, probe: bool = False) -> None:
        """An attempt that began at `began` failed, before its first byte or (`broken`) after it."""
        now = self.clock()
        if probe:
            self._open_again(failure, now)
        elif not self.closed:
            self._forget()
        elif self._closed_since(now) <= began:  # what began before it closed says nothing of what is now
            self._count(failure, now)
            if self._too_many(failure, now):
                self._open(failure, now)

    def undecided(self) -> None:
        """The probe said neither; the next call may be one."""
        self.board.release(self.place)

    def _closed_since(self, now: float) -> float:
        since = -self._words[self.place] / 1000.0
        return since if since <= now else 0.0  # a time to come is left from before the machine started anew

    def _forget(self) -> None:
        self._rows = {}
        self._recent.clear()

    def _count(self, failure: Failure, now: float) -> None:
        self._rows[failure] = self._rows.get(failure, 0) + 1
        if failure != "broken":  # its first byte was counted as a call already
            self._recent.add_first(now)
        self._recent.add_second(now)

    def _too_many(self, failure: Failure, now: float) -> bool:
        if failure == "quota" or self._rows[failure] >= self.limits.failures:
            return True
        calls, failures = self._recent.counts(now)
        return calls >= self.limits.minimum_calls and failures >= self.limits.share * calls

    def _open(self, failure: Failure, now: float) -> None:
        if not self.board.acquire(self.place):
            return  # another worker is at it
        try:
            if self.closed:
                self._write(failure, 1, now)
                self._forget()
                self._tell("closed", "open", failure)
        finally:
            self.board.release(self.place)

    def _open_again(self, failure: Failure, now: float) -> None:
        opens = (self._words[self.place] >> _OPENS) & _MOST_OPENS
        self._write(failure, min(opens + 1, _MOST_OPENS), now)
        self._tell("half_open", "open", failure)
        self.board.release(self.place)

    def _close(self, now: float) -> None:
        cause = self.cause
        self._forget()
        self._words[self.place] = -int(now * 1000.0)
        self._tell("half_open", "closed", cause)
        self.board.release(self.place)

    def _write(self, failure: Failure, opens: int, now: float) -> None:
        longest_s = self.limits.longest_open_s
        open_s = min(self.limits.open_s * 2.0 ** (opens - 1), longest_s)
        try_at = now + (longest_s if failure == "quota" else open_s)
        word = int(try_at * 1000.0) << _TRY_AT | opens << _OPENS | FAILURES.index(failure) + 1
        self._words[self.place] = word

    def _tell(self, before: State, after: State, cause: str) -> None:
        self.told(Transition(self.target, before, after, cause, time.time()))
