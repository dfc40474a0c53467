"""Guide section 6.3: work that can wait runs in batch, cheaper and in time."""

from __future__ import annotations

from colonnade.cost.evidence import LaneCosts, LaneUse
from colonnade.review.proportions import share_at_least, share_at_most
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, insufficient, met, unmet
from colonnade.workload.sections.promises import Sampling
from colonnade.workload.specification import Specification


@signal(
    "COST-10",
    1,
    improve="send deferrable work to `/v1/batches`; give rows more room with `batches.concurrency` where they miss"
    " their deadline",
)
def work_that_can_wait_runs_on_the_lane_in_time(
    use: LaneUse, specification: Specification, sampling: Sampling
) -> Verdict:
    """Every request has an urgency, deferrable ones run on the batch lane, and few rows miss their deadline."""
    if use.labelled < use.requests:
        return unmet(
            f"{use.requests - use.labelled} of {use.requests} requests have no urgency", n=use.requests
        )
    promised = specification.batches
    on_lane = share_at_least(
        use.on_lane,
        use.deferrable,
        promised.lane_share_min,
        sampling,
        "deferrable requests ran on the batch lane",
    )
    if on_lane.outcome != "pass":
        return on_lane
    return share_at_most(
        use.missed, use.rows, promised.missed_share_max, sampling, "rows missed their deadline"
    )


@signal("COST-10", 2, improve="state `models.*.price.batch_factor`, and send rows to models that have one")
def the_lane_costs_no_more_than_real_time(costs: LaneCosts, sampling: Sampling) -> Verdict:
    """The unit cost on the batch lane is known beside that of real time, and is not higher."""
    compared = [
        each
        for each in costs.bindings
        if min(each.batch.answers, each.real_time.answers) >= sampling.minimum_n
    ]
    n = sum(each.batch.answers for each in costs.bindings)
    if not compared:
        return insufficient(
            f"no model has {sampling.minimum_n} priced answers on the lane and as many in real time", n=n
        )
    told = ", ".join(
        f"{each.binding}: {each.batch.per_ktok_usd:.6f} USD a 1,000 tokens on the lane,"
        f" {each.real_time.per_ktok_usd:.6f} in real time"
        for each in compared
    )
    dearer = [each for each in compared if each.batch.per_ktok_usd > each.real_time.per_ktok_usd]
    return unmet(told, n=n) if dearer else met(told, n=n)
