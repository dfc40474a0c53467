"""An upstream is given as many calls at once as it can bear; others wait their turn, or are told at once that it is too much."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from math import ceil
from typing import Protocol

from colonnade.errors import Overloaded
from colonnade.gateway.call import Urgency
from colonnade.reliability.adaptive import AdaptiveLimit
from colonnade.workload.sections.serving import Admission

_SMOOTHING = 0.2


class Count(Protocol):
    """Counts something rare for `/metrics`, as `Metrics.count` does."""

    def __call__(self, name: str, **labels: str) -> None:
        """Once more."""


def uncounted(name: str, **labels: str) -> None:
    """Nobody counts."""


@dataclass(slots=True)
class Waiting:
    """A call that waits for its turn."""

    turn: asyncio.Future[None]
    urgency: Urgency


@dataclass(slots=True)
class Gate:
    """The gate before one upstream.

    Interactive calls go before deferrable ones, and push the youngest deferrable one out of a full queue. A call whose
    turn is not expected before its deadline or within `queue_s` is refused at once. `limit` is how many may be under way
    now, at most `most`.
    """

    upstream: str
    limits: Admission
    most: int
    limit: int
    count: Count = uncounted
    under_way: int = 0
    held_s: float = 0.0
    adaptive: AdaptiveLimit | None = None
    _interactive: deque[Waiting] = field(default_factory=deque)
    _deferrable: deque[Waiting] = field(default_factory=deque)

    @classmethod
    def of(cls, upstream: str, limits: Admission, workers: int, count: Count = uncounted) -> Gate:
        """The gate of one of so many workers: each gives an equal part of the calls."""
        most = max(1, ceil(limits.concurrency / workers))
        adaptive = AdaptiveLimit(most) if limits.adaptive else None
        limit = int(adaptive.limit) if adaptive else most
        return cls(upstream, limits, most, limit, count, adaptive=adaptive)

    @property
    def waiting(self) -> int:
        """Calls that wait."""
        return len(self._interactive) + len(self._deferrable)

    @property
    def free(self) -> bool:
        """Whether a call need not wait: turns that become free are handed on at once, so nobody is passed."""
        return self.under_way < self.limit

    def enter(self) -> bool:
        """Take a turn if one is free."""
        if self.under_way >= self.limit:
            return False
        self.under_way += 1
        return True

    def leave(self, held_s: float | None = None) -> None:
        """Give the turn back after `held_s` seconds; None where that says nothing about how long turns take."""
        if held_s is not None:
            self.held_s += _SMOOTHING * (held_s - self.held_s) if self.held_s else held_s
        self.under_way -= 1
        if self._interactive or self._deferrable:
            self._hand_on()

    def learn(self, seconds: float, *, well: bool) -> None:
        """An attempt that holds a turn began to be answered after so long, or failed."""
        if self.adaptive is not None:
            self.adaptive.observe(seconds, under_way=self.under_way, well=well)
            self.limit = int(self.adaptive.limit)
            self._hand_on()

    async def wait(self, urgency: Urgency, now: float, deadline: float) -> None:
        """Wait for a turn and take it. Times are loop times.

        Raises:
            Overloaded: `queue_full`, or `no_turn_in_time` where none came or none can be expected.
        """
        expected_s = self._expected_s(urgency)
        until = min(deadline, now + self.limits.queue_s)
        if now + expected_s > until:
            raise self._refusal("no_turn_in_time", expected_s)
        if self.waiting >= self.limits.queue and not self._push_out(urgency):
            raise self._refusal("queue_full", expected_s)
        await self._await_turn(urgency, until, expected_s)

    async def _await_turn(self, urgency: Urgency, until: float, expected_s: float) -> None:
        waiting = Waiting(asyncio.get_running_loop().create_future(), urgency)
        queue = self._queue(urgency)
        queue.append(waiting)
        try:
            async with asyncio.timeout_at(until):
                await waiting.turn
        except BaseException as error:
            if waiting in queue:
                queue.remove(waiting)
            if waiting.turn.done() and not waiting.turn.cancelled() and waiting.turn.exception() is None:
                self.under_way -= 1  # the turn came just when nobody wanted it any more
                self._hand_on()
            if isinstance(error, TimeoutError):
                raise self._refusal("no_turn_in_time", expected_s) from None
            raise

    def _hand_on(self) -> None:
        while self.under_way < self.limit and (self._interactive or self._deferrable):
            waiting = (self._interactive or self._deferrable).popleft()
            if not waiting.turn.done():
                self.under_way += 1
                waiting.turn.set_result(None)

    def _push_out(self, urgency: Urgency) -> bool:
        """Make room for an interactive call; False where there is nobody to push out."""
        if urgency != "interactive" or not self._deferrable:
            return False
        youngest = self._deferrable.pop()
        if not youngest.turn.done():
            youngest.turn.set_exception(self._refusal("queue_full", self._expected_s("deferrable")))
        return True

    def _expected_s(self, urgency: Urgency) -> float:
        """How long a turn takes to come: all that go before, one after the other in as many lanes as there are."""
        before = len(self._interactive) if urgency == "interactive" else self.waiting
        return self.held_s * (before + 1) / max(1, self.limit)

    def _queue(self, urgency: Urgency) -> deque[Waiting]:
        return self._interactive if urgency == "interactive" else self._deferrable

    def _refusal(self, code: str, expected_s: float) -> Overloaded:
        self.count("colonnade_shed_total", upstream=self.upstream, reason=code)
        return Overloaded(
            "More is asked of this route than can be answered in time.",
            code=code,
            retry_after_s=max(1.0, expected_s),
        )
