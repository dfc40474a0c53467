"""Guide section 4.1, as drills show it: what was lost, killed or failed was not felt more than promised, and came back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from colonnade.reliability.evidence import FailoverDrill, FaultOutcome, KillDrill, Loss, UpstreamFaultDrill
from colonnade.review.proportions import share_at_least
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, insufficient, met, unmet
from colonnade.workload.sections.promises import Sampling

KINDS: Final = ("429", "5xx", "hang", "malformed")
"""Faults that the catalogue's signal names."""


@signal(
    "REL-01",
    3,
    improve="give every route a target on another upstream (tier 0), then run `colonnade drill run failover`",
)
def losses_were_not_felt(drill: FailoverDrill, sampling: Sampling) -> Verdict:
    """The loss of each upstream and each zone that carries calls kept availability as promised."""
    unseen = [it.name for it in drill.losses if not it.witnessed]
    if not drill.losses or unseen:
        return insufficient(f"not witnessed: {', '.join(unseen) or 'no loss was tried'}")
    verdicts = [_kept(loss, drill.availability, sampling) for loss in drill.losses]
    n = sum(loss.sent for loss in drill.losses)
    for outcome in ("fail", "insufficient"):
        bad = [it.reason for it in verdicts if it.outcome == outcome]
        if bad:
            return unmet("; ".join(bad), n=n) if outcome == "fail" else insufficient("; ".join(bad), n=n)
    least = min(loss.answered / loss.sent for loss in drill.losses)
    slowest = max(loss.shift_s or 0.0 for loss in drill.losses)
    told = f"{len(drill.losses)} losses, at least {least:.2%} answered, traffic moved within {slowest:.1f} s"
    return met(told, value=least, threshold=drill.availability, n=n)


@signal(
    "REL-03",
    1,
    improve="start with `colonnade up`, which watches every component, then run `colonnade drill run kill`",
)
def components_came_back_by_themselves(drill: KillDrill) -> Verdict:
    """Each component that was killed, stopped and starved was back within the promised time, and no answer was lost."""
    unseen = [f"{it.how} {it.component}" for it in drill.outcomes if not it.witnessed]
    if not drill.outcomes or unseen:
        return insufficient(f"not witnessed: {', '.join(unseen) or 'nothing was taken away'}")
    late = [
        f"{it.how} {it.component}: {'not back' if it.recovered_s is None else f'{it.recovered_s:.1f} s'}"
        for it in drill.outcomes
        if it.recovered_s is None or it.recovered_s > drill.auto_s
    ]
    lost = sum(it.lost for it in drill.outcomes)
    problems = [*late, *([f"{lost} answers are not in the ledger"] if lost else [])]
    untried = _untried(drill)
    slowest = max(it.recovered_s or 0.0 for it in drill.outcomes)
    if problems:
        return unmet("; ".join(problems), threshold=drill.auto_s, n=len(drill.outcomes))
    if untried:
        return insufficient(f"not tried: {', '.join(untried)}", n=len(drill.outcomes))
    told = f"{len(drill.outcomes)} times back by itself, at the latest after {slowest:.1f} s"
    return met(told, value=slowest, threshold=drill.auto_s, n=len(drill.outcomes))


@signal(
    "REL-04",
    3,
    improve="give routes a fallback, keep `idle_s` and `first_byte_s` below `timeout_s`, then run `colonnade drill run"
    " upstream-fault`",
)
def faults_of_upstreams_were_contained(drill: UpstreamFaultDrill) -> Verdict:
    """Injected 429, 5xx, hang and malformed answers opened the breaker (429: a rest), others answered, and it closed again."""
    tried = [it for it in drill.cases if it.witnessed]
    missing = [kind for kind in KINDS if kind not in {it.kind for it in tried}]
    failed = [it for it in tried if it.verdict != "passed"]
    beyond = [it.upstream for it in drill.retries if it.retries > it.allowed]
    problems = [f"{it.fault} at {it.upstream}: {it.reason}" for it in failed]
    problems += [f"more retries than the share of {name} allows" for name in beyond]
    if problems:
        return unmet("; ".join(problems[:5]), n=len(tried))
    if missing:
        return insufficient(f"not witnessed: {', '.join(missing)}", n=len(tried))
    return met(_told(tried, drill.without_fallback), n=len(tried))


def _kept(loss: Loss, promised: float, sampling: Sampling) -> Verdict:
    what = f"calls were answered without {loss.kind} {loss.name}"
    return share_at_least(loss.answered, loss.sent, promised, sampling, what)


def _untried(drill: KillDrill) -> list[str]:
    tried = {(it.component, it.how) for it in drill.outcomes}
    ways = {how for _, how in tried} | {"kill", "hang", "starve"}
    return [
        f"{how} {name}"
        for name in sorted({it[0] for it in tried})
        for how in sorted(ways)
        if (name, how) not in tried
    ]


def _told(tried: Sequence[FaultOutcome], bare: Sequence[str]) -> str:
    opened = [it.opened_s for it in tried if it.opened_s is not None]
    closed = [it.closed_s for it in tried if it.closed_s is not None]
    times = f"opened within {max(opened, default=0.0):.1f} s, closed again within {max(closed, default=0.0):.1f} s"
    left = f"; not tried, since they have no fallback: {', '.join(bare)}" if bare else ""
    return f"{len(tried)} faults contained; {times}{left}"
