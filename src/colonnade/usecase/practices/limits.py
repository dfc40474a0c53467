"""Guide section 1.1: declared limits are enforced by what runs."""

from __future__ import annotations

from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, met, unmet
from colonnade.usecase.constraints import REFUSED_WITH
from colonnade.usecase.evidence import ConstraintDrill, ConstraintPolicies


@signal(
    "UC-04",
    2,
    improve="start the gateway with the stages `constrain` and `budget`, keep retention and redaction on, name upstreams"
    " as `integrations` do; or write `none` for what does not bind",
)
def every_limit_is_bound_to_a_policy(policies: ConstraintPolicies) -> Verdict:
    """Every declared constraint resolves to policies that are active in the gateway that serves."""
    loose = [each for each in policies.bindings if not each.bound]
    n = len(policies.bindings)
    if loose:
        told = "; ".join(
            f"{each.kind} {each.value}: {', '.join(each.missing) + ' not active' if each.missing else 'no policy'}"
            for each in loose
        )
        return unmet(told, n=n)
    bound = "; ".join(f"{each.kind} {each.value}: {', '.join(each.policies)}" for each in policies.bindings)
    return met(bound or "no limit is declared", n=n)


@signal("UC-04", 3, improve="run `colonnade drill run constraints` while the gateway serves")
def what_breaks_a_limit_was_refused(drill: ConstraintDrill) -> Verdict:
    """A request that breaks each enforceable constraint was refused, and its code says by which policy."""
    problems = [
        f"{each.policy}: {'refused with ' + each.refused_with if each.refused_with else 'let through'}"
        for each in drill.broken
        if each.refused_with != REFUSED_WITH[each.policy]
    ]
    problems += [
        f"{each.policy}: the gateway that serves has no such stage"
        for each in drill.broken
        if not each.enforced
    ]
    if problems:
        return unmet("; ".join(problems), n=len(drill.broken))
    told = ", ".join(f"{each.policy} with {each.refused_with}" for each in drill.broken)
    return met(
        f"refused: {told}" if told else "no declared limit can be broken by a request", n=len(drill.broken)
    )
