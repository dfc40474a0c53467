"""Guide section 6.1: every request is labelled for cost."""

from __future__ import annotations

from colonnade.cost.evidence import LabelCoverage
from colonnade.review.proportions import all_of
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, unmet
from colonnade.workload.sections.promises import Sampling

UNALLOCATED_SHARE = 0.02
"""Most of the spend that may lack labels, as the catalogue's signal says."""


@signal(
    "COST-01",
    2,
    improve="set `labels` in workload.yaml, or give keys labels with `colonnade key create --label`",
)
def metered_requests_carry_labels(labels: LabelCoverage, sampling: Sampling) -> Verdict:
    """Every metered request carries workload, team, environment and use case; spend is allocated."""
    if labels.usd > 0 and labels.usd_unallocated > UNALLOCATED_SHARE * labels.usd:
        share = labels.usd_unallocated / labels.usd
        return unmet(f"{share:.1%} of the spend is not allocated", value=share, threshold=UNALLOCATED_SHARE)
    return all_of(labels.labelled, labels.requests, sampling, "metered requests carry every label")
