"""One call's way over the targets of its route: it is asked, judged, and asked again elsewhere while that is safe."""

from __future__ import annotations

import asyncio
from math import inf

from colonnade.errors import CallError, Overloaded, UpstreamLimited
from colonnade.gateway.call import Call, Forward, Reply
from colonnade.reliability.choosing import STAGE, Choosing
from colonnade.reliability.noting import StreamEnd, note_answer, note_end, note_error, note_nothing
from colonnade.reliability.retrying import UNASKED, Meaning, meaning, pause_s
from colonnade.reliability.targets import Clock, Plan, Target


class Trip:
    """Asks targets for one call until one answers or no further try is safe. Times are those of `clock`, the loop's."""

    __slots__ = ("_choosing", "_error", "_tries", "call", "clock", "end", "forward", "plan")

    def __init__(self, call: Call, forward: Forward, plan: Plan, clock: Clock) -> None:
        self.call = call
        self.forward = forward
        self.plan = plan
        self.clock = clock
        self._tries = 0
        self._error: CallError | None = None
        self._choosing: Choosing | None = None
        self.end: StreamEnd | None = None
        """The end of the stream under way, where another attempt may follow it."""

    @classmethod
    def after(cls, trip: Trip, call: Call, choosing: Choosing, error: CallError) -> Trip:
        """One more attempt for a call whose stream broke with `error`, which is raised where nobody may be asked."""
        more = cls(call, trip.forward, trip.plan, trip.clock)
        more._tries, more._choosing, more._error = trip._tries, choosing, error
        return more

    @property
    def choosing(self) -> Choosing:
        """What chooses, made when there is something to choose."""
        if self._choosing is None:
            self._choosing = Choosing(self.call, self.plan)
        return self._choosing

    async def run(self) -> Reply:
        """The answer of the first target that gives one.

        Raises:
            CallError: the last attempt's, or `Overloaded` where no target may be asked.
        """
        sole = self.plan.sole
        while True:
            # The usual case costs neither a coroutine nor a search.
            if (
                sole is not None
                and self._error is None
                and sole.breaker.closed
                and sole.upstream.gate.enter()
            ):
                target, probe = sole, False
            else:
                target, probe = await self.turn()
            try:
                return await self.ask(self.call, target, probe=probe)
            except CallError as error:
                await self.again(target, error)

    async def turn(self) -> tuple[Target, bool]:
        """The next target, entered at its gate, and whether this is the probe of its breaker.

        Raises:
            CallError: there is none, or none has a turn in time.
        """
        while True:
            now = self.clock()
            target, probe = self._next(now)
            gate = target.upstream.gate
            if gate.enter():
                return target, probe
            try:
                await gate.wait(self.call.urgency, now, self.call.deadline or inf)
            except BaseException as error:
                if probe:
                    target.breaker.undecided()
                if not isinstance(error, Overloaded):
                    raise
                self.choosing.pass_over(target)
                self._error = self._error or error
                continue
            return target, probe

    async def ask(self, call: Call, target: Target, *, probe: bool) -> Reply:
        """Ask a target whose gate was entered, and tell it what came of it."""
        began = self.clock()
        self._count(target, began)
        self._bind(call, target, began)
        try:
            reply = await self.forward(call)
        except CallError as error:
            note_error(call, target, error, began, self.clock(), probe=probe)
            raise
        except BaseException:
            note_nothing(target, probe=probe)
            raise
        now = self.clock()
        note_answer(call, target, began, now, probe=probe)
        if reply.chunks is not None:
            if self.plan.route.resume:
                self.end = StreamEnd(target, reply, began, self.clock)
                call.resources.callback(self.end)
            else:
                call.resources.callback(note_end, target, reply, began, self.clock)
            return reply
        target.upstream.gate.leave(now - began)
        if call.watch is not None and call.first_byte_by:
            call.watch.attempt(inf)
        return reply

    def let_go(self, target: Target, *, probe: bool) -> None:
        """Leave the gate of a target that is not asked after all."""
        note_nothing(target, probe=probe)

    async def again(self, target: Target, error: CallError) -> None:
        """Return when the call may be tried again; raise the error where it may not."""
        found = meaning(error)
        self._error = error
        self.choosing.remember(target, found)
        if found is UNASKED:
            self._tries -= 1
        wait_s, refusal = self._pause(target, error, found, self.clock())
        if refusal:
            self._say(f"no further try: {refusal}")
            raise error
        if found is not UNASKED:
            target.upstream.count("colonnade_retries_total", upstream=target.upstream.name)
        if wait_s > 0.0:
            self._say(f"waits {wait_s * 1000.0:.0f} ms")
            await asyncio.sleep(wait_s)

    def _next(self, now: float) -> tuple[Target, bool]:
        sole = self.plan.sole
        if sole is not None and self._error is None and sole.breaker.closed:
            return sole, False
        found = self.choosing.next(now)
        if found is None:
            raise self._error or self.choosing.nobody(now)
        return found

    def _pause(self, target: Target, error: CallError, found: Meaning, now: float) -> tuple[float, str]:
        """Seconds to wait before the next try, or why there is none."""
        if found.next == "nowhere":
            return 0.0, "the error is final"
        if self._tries >= self.plan.route.retry.attempts:
            return 0.0, f"{self._tries} attempts are the most"
        rest = self.choosing.rest(now)
        if rest is None:
            return 0.0, f"there is no other target{self.choosing.complaints(now)}"
        wait_s = 0.0 if rest else self._wait_s(error, now)
        if now + wait_s >= (self.call.deadline or inf):
            return 0.0, "the deadline comes first"
        if found is not UNASKED and not target.upstream.budget.spend(now):
            return 0.0, f"the retry share of {target.upstream.name} is used up"
        return wait_s, ""

    def _wait_s(self, error: CallError, now: float) -> float:
        wished_s = error.retry_after_s if isinstance(error, UpstreamLimited) else None
        if wished_s is not None and now + wished_s >= (self.call.deadline or inf):
            return wished_s
        return pause_s(self.plan.route.retry, self._tries, wished_s)

    def _count(self, target: Target, now: float) -> None:
        if self._tries == 0:
            target.upstream.budget.called(now)
        self._tries += 1

    def _bind(self, call: Call, target: Target, now: float) -> None:
        """This attempt is the target's, and must begin to answer early enough for another one to step in."""
        call.binding_name, call.binding = target.name, target.binding
        alone = self.plan.sole is not None
        deadline = call.deadline or inf
        until = now + (self.plan.route.first_byte_s if call.stream else target.upstream.timeout_s)
        if call.stream and not alone:
            until = min(until, (now + deadline) / 2.0)
        call.first_byte_by = until if until < deadline else 0.0
        if call.watch is not None and (self._tries > 1 or not (alone and call.stream)):
            call.watch.attempt(call.first_byte_by or inf)

    def _say(self, what: str) -> None:
        self.call.decide(STAGE, what)
