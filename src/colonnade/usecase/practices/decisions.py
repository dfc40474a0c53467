"""Guide section 1.2: whether to adapt a model, and which one to bind, was decided on results and written down."""

from __future__ import annotations

from colonnade.evidence.imported.decided import Choice, Choices
from colonnade.evidence.imported.reasons import BindingReasons
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds, insufficient, unmet

WEIGHED = ("stock", "adapted", "custom")
"""The three ways that the catalogue's signal names."""


@signal(
    "UC-06",
    1,
    improve="commit decisions/*.md with `kind: adaptation`: `options` stock, adapted and custom, each with `score`, `cost_usd`"
    " and `effort_days`, then `chosen` and `trigger`",
)
def adaptation_was_weighed(decisions: Choices) -> Verdict:
    """A committed decision gives score, cost and effort of all three ways, and what would reopen it."""
    found = decisions.of("adaptation")
    if not found:
        return unmet("no decision record of kind `adaptation`")
    problems = {choice.standing.file: _gaps(choice) for choice in found}
    whole = [file for file, gaps in problems.items() if not gaps]
    told = "; ".join(f"{file}: {', '.join(gaps)}" for file, gaps in problems.items() if gaps)
    return holds(bool(whole), f"{', '.join(whole)} weighs stock, adapted and custom", told)


def _gaps(choice: Choice) -> list[str]:
    known = {option.name: option for option in choice.options}
    gaps = [] if choice.standing.commit else ["not committed as it stands"]
    for name in WEIGHED:
        option = known.get(name)
        values = (option.score, option.cost_usd, option.effort_days) if option else (None,)
        gaps += [f"{name} has no score, cost or effort"] if None in values else []
    gaps += [] if choice.chosen in known else ["nothing is chosen"]
    return gaps + ([] if choice.trigger else ["nothing would reopen it"])


@signal(
    "UC-08",
    2,
    improve="sign the commit that states `models.*.reason` with a key of `allowed_signers`: `git commit -S`",
)
def every_binding_has_a_signed_reason(register: BindingReasons) -> Verdict:
    """The reason that stands beside each binding was committed under a signature that counts."""
    if not register.bindings:
        return insufficient("no model is bound to a route")
    unsigned = [each.binding for each in register.bindings if not each.signer]
    signers = sorted({each.signer for each in register.bindings if each.signer})
    return holds(
        not unsigned,
        f"{len(register.bindings)} reasons signed by {', '.join(signers)}",
        f"no signed reason: {', '.join(unsigned)}",
    )
