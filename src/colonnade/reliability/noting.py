"""What came of an attempt is told to the target that made it: to its breaker, its gate and its speed."""

from __future__ import annotations

from colonnade.errors import CallError, UpstreamLimited
from colonnade.gateway.call import Call, Reply
from colonnade.reliability.retrying import meaning
from colonnade.reliability.targets import Clock, Target

_BROKEN = frozenset({"upstream_cut", "upstream_malformed", "upstream_error", "upstream_stalled"})
"""How streams end that the upstream broke off after the first byte."""


def note_error(
    call: Call, target: Target, error: CallError, began: float, now: float, *, probe: bool
) -> None:
    """Tell the target what the error means; a 429 only asks for rest."""
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


def note_end(target: Target, reply: Reply, began: float, clock: Clock) -> None:
    """A stream was passed on to its end, good or not, or nobody wanted it any more."""
    if reply.complete:
        target.breaker.completed()
    elif reply.error in _BROKEN:
        target.breaker.failed("broken", began)
    target.upstream.gate.leave(clock() - began)
