"""Guide FAQ 7: every change of model leaves an audit trail."""

from __future__ import annotations

from colonnade.evidence.integrity import LedgerIntegrity
from colonnade.operations.evidence import BindingTrail, ModelsSeen
from colonnade.review.proportions import none_of
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds, insufficient, met, unmet
from colonnade.workload.sections.promises import Sampling


@signal(
    "OPS-17",
    1,
    improve="evaluation and approval of a change come with releases, which are not implemented yet",
)
def every_binding_change_tells_its_story(trail: BindingTrail) -> Verdict:
    """Each change has actor, time, reason, evaluation and approval."""
    if trail.changes == 0:
        return insufficient("no model binding is recorded yet")
    whole = min(trail.with_actor_time_reason, trail.with_evaluation, trail.with_approval)
    reason = (
        f"of {trail.changes} changes {trail.with_actor_time_reason} have actor, time and reason, "
        f"{trail.with_evaluation} an evaluation, {trail.with_approval} an approval"
    )
    return holds(whole == trail.changes, reason, reason)


@signal(
    "OPS-17", 2, improve="run `colonnade ledger verify` and restore the ledger from a backup that verifies"
)
def the_chain_verifies(ledger: LedgerIntegrity) -> Verdict:
    """The hash chain over the changes verifies from first to last entry."""
    if ledger.changes == 0:
        return insufficient("the ledger holds no change yet")
    if not ledger.intact:
        return unmet(
            f"{len(ledger.breaks)} breaks, the first: {ledger.breaks[0] if ledger.breaks else 'unnamed'}"
        )
    return met(f"{ledger.entries} entries verify, {ledger.checkpoints} signed checkpoints", n=ledger.entries)


@signal(
    "OPS-17", 3, improve="bind the model that answers, or stop the upstream that answers with another one"
)
def only_approved_models_answer(models: ModelsSeen, sampling: Sampling) -> Verdict:
    """The models seen in traffic are among those that the trail names."""
    strangers = sorted(set(models.seen) - set(models.approved))
    if strangers:
        return unmet(f"not in the trail: {', '.join(strangers)}", n=models.requests)
    return none_of(0, models.requests, sampling, "answers came from a model that the trail does not name")
