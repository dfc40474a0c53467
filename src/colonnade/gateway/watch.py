"""A call that its caller left, or that passes a limit of time, is cancelled.

The watch looks at the clock when the wheel tells it to, and is not moved on the wheel while bytes flow. Our own server
tells when the caller leaves. With another one the connection is watched by a task, which is made after a few hundredths of
a second, because a task a call would cost more than most other stages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from math import inf
from typing import Any, Literal

from colonnade.errors import CallerLeft, CallError, DeadlineExceeded, InvalidRequest, Unavailable
from colonnade.gateway.wheel import Wheel

Reason = Literal[
    "", "client_gone", "slow_body", "deadline_exceeded", "first_byte_timeout", "upstream_stalled"
]
Receive = Callable[[], Awaitable[Any]]
Departures = Callable[[Callable[[], None] | None], None]
"""Where it can be said who is to be told when the caller leaves; None where nobody is."""

_LOOK_FOR_DEPARTURE_S = 0.04
_SENTENCES = {
    "deadline_exceeded": "The deadline of this call passed before the answer was complete.",
    "first_byte_timeout": "The upstream did not begin to answer in time.",
    "upstream_stalled": "The upstream began to answer and then fell silent.",
}


class Watch:
    """Cancels the task of a call, once, and remembers why. Times are loop times in seconds.

    `held_up` is set while the caller does not take what came: silence is then not the upstream's, and only the
    deadline counts.
    """

    __slots__ = (
        "_begun",
        "_body_read",
        "_departure",
        "_departures",
        "_due",
        "_due_reason",
        "_idle_s",
        "_loop",
        "_quiet_s",
        "_quiet_since",
        "_receive",
        "_released",
        "_rings_at",
        "_slot",
        "_task",
        "_wheel",
        "held_up",
        "reason",
    )  # fmt: skip

    def __init__(
        self,
        wheel: Wheel,
        task: asyncio.Task[Any],
        receive: Receive,
        *,
        now: float,
        body_due: float,
        departures: Departures | None = None,
    ) -> None:
        self.reason: Reason = ""
        self.held_up = False
        self._wheel = wheel
        self._loop = wheel.loop
        self._task = task
        self._receive = receive
        self._departures = departures
        self._begun = False
        self._body_read = False
        self._departure: asyncio.Task[None] | None = None
        self._due = body_due
        self._due_reason: Reason = "slow_body"
        self._quiet_since = 0.0
        self._quiet_s = inf
        self._idle_s = inf
        self._released = False
        self._rings_at = body_due if departures else min(body_due, now + _LOOK_FOR_DEPARTURE_S)
        self._slot = wheel.put(self, self._rings_at)

    def body_read(self) -> None:
        """The body is here: from now on `receive` tells of the caller's departure, and no limit is set."""
        self._body_read = True
        self._due = inf
        if self._departures is not None:
            self._departures(self._leave)

    def limit(self, deadline: float, *, first_byte_s: float = inf, idle_s: float = inf) -> None:
        """End the call at `deadline`, or when the upstream is silent for longer than the two limits say."""
        self._due, self._due_reason = deadline, "deadline_exceeded"
        self._idle_s = idle_s
        self._quiet_since, self._quiet_s = self._loop.time(), first_byte_s
        self._advance(min(deadline, self._quiet_since + first_byte_s))

    def attempt(self, until: float) -> None:
        """An attempt begins that must begin to answer by `until`, inf for no limit; the one before was given up."""
        self._quiet_since, self._quiet_s = until, 0.0
        if self.reason == "first_byte_timeout":
            self.reason = ""
            self._rings_at = inf
        looks = self._departure is None and self._departures is None
        look = self._loop.time() + _LOOK_FOR_DEPARTURE_S if looks else inf
        self._advance(min(self._due, until, look))

    def again(self) -> None:
        """The answer broke off, or fell silent, and another attempt goes on with it: it must begin anew."""
        if self.reason == "upstream_stalled":
            self.reason = ""
            self._rings_at = inf
        self._begun = False
        self._quiet_s = inf

    def touch(self) -> None:
        """Bytes of the answer came, and were taken."""
        self.held_up = False
        self._quiet_since = self._loop.time()
        if not self._begun:
            self._begun = True
            self._quiet_s = self._idle_s
            self._advance(self._quiet_since + self._idle_s)

    def end(self, reason: Reason) -> None:
        """Cancel the call because of `reason`, unless it is being closed already."""
        if not self._released and not self.reason:
            self.reason = reason
            self._task.cancel()

    def error(self) -> CallError | None:
        """What the cancellation means, or None where somebody else cancelled; call it on CancelledError."""
        if not self.reason:
            return None
        self._task.uncancel()
        if self.reason == "client_gone":
            return CallerLeft("The caller left before the answer was complete.", code="client_gone")
        if self.reason == "slow_body":
            return InvalidRequest("The body of the request did not arrive in time.", code="slow_body")
        return DeadlineExceeded(_SENTENCES[self.reason], code=self.reason)

    def release(self) -> None:
        """Stop watching: the answer is known, and what is written of it must not be interrupted."""
        self._released = True
        self._wheel.take(self, self._slot)
        if self._departures is not None:
            self._departures(None)
        if self._departure is not None:
            self._departure.cancel()
            # What it raises refers to this watch: neither shall wait for the collector.
            self._departure = None

    def _advance(self, due: float) -> None:
        if due < self._rings_at and not self._released:
            self._wheel.take(self, self._slot)
            self._arm(due)

    def _arm(self, due: float) -> None:
        self._rings_at = due
        if due < inf:
            self._slot = self._wheel.put(self, due)

    def ring(self) -> None:
        """Look at the clock: end the call, or wait on."""
        if self._released:
            return
        now = self._loop.time()
        quiet_due = self._quiet_since + self._quiet_s
        if now >= self._due:
            self.end(self._due_reason)
        elif self.held_up and now >= quiet_due:
            self._quiet_since = now
            self._arm(min(self._due, now + self._quiet_s))
        elif now >= quiet_due:
            self.end("upstream_stalled" if self._begun else "first_byte_timeout")
        elif self._body_read and self._departure is None and self._departures is None:
            self._departure = self._loop.create_task(self._await_departure())
            self._arm(min(self._due, quiet_due))
        else:
            again = inf if self._body_read or self._departures else now + _LOOK_FOR_DEPARTURE_S
            self._arm(min(self._due, quiet_due, again))

    def _leave(self) -> None:
        self.end("client_gone")

    async def _await_departure(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._leave()


def meaning(watch: Watch | None) -> CallError:
    """What a cancellation means that reached the server: if the watch did not cause it, the server is stopping."""
    error = watch.error() if watch is not None else None
    return error or Unavailable("The gateway is stopping.", code="shutting_down")
