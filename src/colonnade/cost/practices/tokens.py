"""Guide section 6.3: what a useful answer takes is known, and what bought nothing is known by its reason."""

from __future__ import annotations

from colonnade.cost.evidence import SpendSeries, Waste
from colonnade.review.proportions import percent
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, insufficient, met, unmet
from colonnade.workload.sections.promises import Sampling
from colonnade.workload.specification import Specification


@signal(
    "COST-08",
    1,
    improve="set `budgets.per_outcome_usd` and `budgets.tokens_per_outcome`; `colonnade cost waste` says where tokens go",
)
def outcomes_stay_within_their_budget(
    spend: SpendSeries, specification: Specification, sampling: Sampling
) -> Verdict:
    """Tokens and money for a useful answer are a series, and its mean is within both budgets."""
    usd, tokens = specification.budgets.per_outcome_usd, specification.budgets.tokens_per_outcome
    total = spend.total
    if usd is None or tokens is None:
        return unmet("no budget says what a useful answer may take")
    if total.outcomes < sampling.minimum_n:
        return insufficient(f"{total.outcomes} useful answers are too few", n=total.outcomes)
    if total.unpriced:
        return unmet(
            f"nobody knows what {total.unpriced} of {total.requests} requests cost", n=total.requests
        )
    paid, taken = total.usd_per_outcome or 0.0, total.tokens_per_outcome or 0.0
    reason = f"{paid:.6f} USD and {taken:.0f} tokens a useful answer; asked: at most {usd:g} USD and {tokens}"
    found = met if paid <= usd and taken <= tokens else unmet
    return found(reason, value=taken, threshold=tokens, n=total.outcomes)


@signal(
    "COST-08",
    2,
    improve="send traffic; ask for citations in prompts that give passages, or none can be told apart",
)
def waste_is_split_by_reason(waste: Waste, sampling: Sampling) -> Verdict:
    """Tokens that bought nothing are known by reason: retries, truncation, unused context, repeated prompts."""
    if waste.requests < sampling.minimum_n:
        return insufficient(f"{waste.requests} requests asked a model", n=waste.requests)
    if waste.with_passages and not waste.with_citations:
        return unmet("no answer says which passages it used: unused context cannot be told", n=waste.requests)
    told = ", ".join(f"{part.reason.replace('_', ' ')} {part.tokens}" for part in waste.parts)
    reason = f"{percent(waste.share)} of {waste.tokens} tokens bought nothing: {told}"
    return met(reason, value=waste.share, n=waste.requests)
