"""Guide section 6.1: spending is looked at, and agrees with the bill."""

from __future__ import annotations

from colonnade.cost.evidence import Reconciliation, SpendSeries
from colonnade.review.proportions import percent
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, insufficient, met, unmet
from colonnade.workload.sections.promises import Sampling

OLDEST_H, FURTHEST_APART = 48.0, 0.05
"""Age of the billing export in hours, and its distance from the meter, as the catalogue's signal says."""


@signal(
    "COST-03",
    1,
    improve="export what the provider bills and run `colonnade cost import`; `colonnade cost reconcile` shows what"
    " differs",
)
def the_bill_agrees_with_the_meter(reconciliation: Reconciliation) -> Verdict:
    """The newest billed period ended within 48 hours, and all differences together are within 5% of the bill."""
    age, apart = reconciliation.age_h, reconciliation.apart
    if age is None:
        return unmet("no bill was imported")
    if age > OLDEST_H:
        return unmet(f"what is billed ends {age:.0f} hours ago", value=age, threshold=OLDEST_H)
    if reconciliation.rejected:
        return unmet(f"{reconciliation.rejected} lines of the export could not be read")
    if not reconciliation.names_money or apart is None:
        return insufficient("the exports name tokens, and no money")
    told = f"{reconciliation.recorded_usd:.6g} USD recorded, {reconciliation.billed_usd:.6g} billed"
    reason = f"{told}; differences add up to {percent(apart)} of the bill"
    found = unmet if apart > FURTHEST_APART else met
    return found(reason, value=apart, threshold=FURTHEST_APART, n=len(reconciliation.rows))


@signal(
    "COST-03",
    2,
    improve="say of each what it was: `colonnade cost anomaly list`, `colonnade cost anomaly dispose ID --reason TEXT`",
)
def costs_are_series_and_anomalies_are_explained(spend: SpendSeries, sampling: Sampling) -> Verdict:
    """What a request and a useful answer cost is a series, and each value that stands out has a disposition."""
    total = spend.total
    if total.requests < sampling.minimum_n:
        return insufficient(f"{total.requests} requests are no series", n=total.requests)
    if total.unpriced:
        return unmet(
            f"nobody knows what {total.unpriced} of {total.requests} requests cost", n=total.requests
        )
    open_ones = [it.id for it in spend.anomalies if not it.disposition]
    if open_ones:
        return unmet(f"without a disposition: {', '.join(open_ones)}", n=total.requests)
    return met(
        f"{len(spend.points)} points, {total.usd_per_request:.6f} USD a request; {len(spend.anomalies)} anomalies,"
        " all explained",
        value=total.usd_per_request,
        n=total.requests,
    )
