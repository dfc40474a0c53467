"""What came of an attempt is told to the target that made it: to its breaker, its gate and its speed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from colonnade.errors import CallError, RateLimited, UpstreamLimited
from colonnade.gateway.call import Call, Reply
from colonnade.reliability.retrying import meaning
from colonnade.reliability.targets import Clock, Target

_OF_THE_UPSTREAM: Final = "upstream_"
_SPARED: Final = frozenset({"upstream_invalid_request", "upstream_rate_limit"})
"""Within a stream as before it: a request at fault is the caller's, and a 429 is neither success nor failure."""


def note_error(
    call: Call, target: Target, error: CallError, began: float, now: float, *, probe: bool
) -> None:
    """Tell the target what the error means; a 429 only asks for rest, and a limit of ours that it was not asked."""
    if isinstance(error, RateLimited):
        note_nothing(target, probe=probe)
        return
    gate, blame = target.upstream.gate, meaning(error).blame
    if blame == "timeout" and not target.speeds[call.stream].blames(now - began):
        blame = None
    if isinstance(error, UpstreamLimited) and error.retry_after_s:
        target.resting_until = now + min(error.retry_after_s, target.breaker.limits.longest_open_s)
    if blame is not None:
        target.breaker.failed(blame, began, probe=probe)
    elif probe:
        target.breaker.undecided()
    if blame is not None or isinstance(error, UpstreamLimited):
        gate.learn(now - began, well=False)
    gate.leave(now - began)


def note_nothing(target: Target, *, probe: bool) -> None:
    """The attempt ended for a reason of the caller's or of ours."""
    if probe:
        target.breaker.undecided()
    target.upstream.gate.leave()


def note_answer(call: Call, target: Target, began: float, now: float, *, probe: bool) -> None:
    """The target answered, or began to."""
    gate = target.upstream.gate
    target.speeds[call.stream].observe(now - began, now)
    if gate.adaptive is not None:
        gate.learn(now - began, well=True)
    target.breaker.answered(now, probe=probe)


def broke_off(code: str) -> bool:
    """Whether a stream that ended with this error after the first byte was broken off by its upstream.

    That is so whatever the upstream's wire calls it: cut, stalled, malformed, empty, of another model, an error event of
    any status. Ends that the caller, a limit of ours or the drain caused have names of their own.
    """
    return code.startswith(_OF_THE_UPSTREAM) and code not in _SPARED


@dataclass(slots=True)
class StreamEnd:
    """How a stream ends is told once: when it breaks off and the call goes on elsewhere, or when the call is over."""

    target: Target
    reply: Reply
    began: float
    clock: Clock
    told: bool = False

    def __call__(self) -> None:
        """The call is over."""
        if not self.told:
            note_end(self.target, self.reply, self.began, self.clock)

    def broke(self, code: str) -> None:
        """The stream broke off, whatever becomes of the call."""
        self.told = True
        note_end(self.target, Reply(error=code), self.began, self.clock)


def note_end(target: Target, reply: Reply, began: float, clock: Clock) -> None:
    """A stream was passed on to its end, good or not, or nobody wanted it any more."""
    if reply.complete:
        target.breaker.completed()
    elif broke_off(reply.error):
        target.breaker.failed("broken", began)
    target.upstream.gate.leave(clock() - began)
