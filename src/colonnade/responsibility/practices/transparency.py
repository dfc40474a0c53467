"""Guide section 8.2: answers can be explained, users know that an AI answers, the story can be told again."""

from __future__ import annotations

from colonnade.evaluation.evidence import AnswerEvaluation
from colonnade.evidence.effective import GatewayConfiguration
from colonnade.evidence.integrity import LedgerIntegrity
from colonnade.responsibility.evidence import (
    DisclosureDrill,
    DisclosureShare,
    ExplanationMethod,
    ExplanationShare,
    Reconstruction,
)
from colonnade.review.proportions import all_of, share_at_least
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds, insufficient, met, unmet
from colonnade.workload.sections.promises import Sampling
from colonnade.workload.specification import Specification


@signal("RAI-05", 1, improve="look at answers without sources: `colonnade explain request ID`")
def answers_have_an_explanation(
    share: ExplanationShare, specification: Specification, sampling: Sampling
) -> Verdict:
    """The target share of answers has an explanation record."""
    target = specification.quality.explanation_share
    return share_at_least(
        share.explained, share.answers, target, sampling, "answers have an explanation record"
    )


@signal(
    "RAI-05",
    2,
    improve="run `colonnade eval answers --all`; then raise the route's `floor` or the prompt until citations are faithful",
)
def citations_are_faithful(evaluation: AnswerEvaluation, specification: Specification) -> Verdict:
    """Answers rest on the sources that they name: groundedness meets its floor."""
    floor, found = specification.quality.groundedness, evaluation.groundedness
    reason = f"groundedness {found.value:.2f} [{found.low:.2f}, {found.high:.2f}], floor {floor}"
    if found.low >= floor:
        return met(reason, value=found.value, threshold=floor, n=found.n)
    if found.high < floor:
        return unmet(reason, value=found.value, threshold=floor, n=found.n)
    return insufficient(f"{reason}; the interval straddles the floor", value=found.value, n=found.n)


@signal("RAI-05", 3, improve="write explanations.md with `## Method` and `## Limits`, and commit it")
def the_method_is_documented(page: ExplanationMethod) -> Verdict:
    """How answers are explained, and what that cannot tell, is documented for users."""
    problems = [] if page.committed else [f"{page.path} is not committed as it stands"]
    problems += [] if page.states_method else ["no section `Method`"]
    problems += [] if page.states_limits else ["no section `Limits`"]
    return holds(not problems, f"{page.path} states method and limits", "; ".join(problems))


@signal("RAI-06", 1, improve="put the disclose stage back, and set `disclosure` on every chat route")
def every_session_was_told(share: DisclosureShare, sampling: Sampling) -> Verdict:
    """Every session learnt, no later than with its first answer, that an AI answers."""
    return all_of(share.disclosed, share.sessions, sampling, "sessions carry the disclosure")


@signal("RAI-06", 2, improve="run `colonnade drill run disclosure`")
def clients_saw_the_notice(drill: DisclosureDrill) -> Verdict:
    """A client of each surface saw the notice; generated media carries a mark that a checker finds."""
    if not drill.surfaces:
        return insufficient("no surface was tried")
    blind = [s.surface for s in drill.surfaces if not s.header or (s.notice_expected and not s.notice)]
    if blind:
        return unmet(f"no notice on {', '.join(blind)}", n=len(drill.surfaces))
    if drill.media and not drill.media_marked:
        return unmet(f"unmarked media: {', '.join(drill.media)}")
    told = ", ".join(surface.surface for surface in drill.surfaces)
    return met(f"seen on {told}; this workload generates no media" if not drill.media else f"seen on {told}")


@signal(
    "RAI-07", 1, improve="run `colonnade ledger verify` and restore the ledger from a backup that verifies"
)
def the_chain_has_no_gaps(ledger: LedgerIntegrity) -> Verdict:
    """The hash chain over requests, changes and records verifies without gaps."""
    if ledger.requests == 0:
        return insufficient("the ledger holds no request yet")
    if ledger.intact:
        return met(f"{ledger.entries} entries verify, {ledger.requests} of them requests", n=ledger.entries)
    return unmet(
        f"{len(ledger.breaks)} breaks, the first: {ledger.breaks[0] if ledger.breaks else 'unnamed'}"
    )


@signal("RAI-07", 2, improve="run `colonnade drill run reconstruct`")
def random_requests_were_reconstructed(drill: Reconstruction, sampling: Sampling) -> Verdict:
    """The whole story of a random sample of requests was told again."""
    if drill.missing:
        return unmet(f"{drill.whole} of {drill.sampled} whole; {drill.missing[0]}", n=drill.sampled)
    return all_of(drill.whole, drill.sampled, sampling, "sampled requests were reconstructed")


@signal("RAI-07", 3, improve="raise `retention.requests_days` to at least `retention.legal_minimum_days`")
def records_are_kept_long_enough(configuration: GatewayConfiguration) -> Verdict:
    """Records are kept at or above policy and legal minimum."""
    days, least = configuration.retention_days.get("requests", 0), configuration.legal_minimum_days
    reason = f"records are kept {days} days, the legal minimum is {least}"
    return (
        met(reason, value=days, threshold=least)
        if days >= least
        else unmet(reason, value=days, threshold=least)
    )
