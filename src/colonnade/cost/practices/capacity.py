"""Guide section 6.2: capacity follows demand in both directions, and cold data sits in cheap storage."""

from __future__ import annotations

from colonnade.evidence.imported.infrastructure import Infrastructure
from colonnade.review.resources import every
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict


@signal(
    "COST-05",
    1,
    improve="set minimum, maximum and a target, and lower the minimum off peak (a scheduled action, a cron trigger of KEDA)",
)
def capacity_has_bounds_and_a_lower_floor_off_peak(infrastructure: Infrastructure) -> Verdict:
    """Minimum, maximum and target are set, and the minimum off peak is below the one at peak."""
    return every(
        infrastructure,
        "bounded",
        what="parts have a minimum, maximum and target, and a lower minimum off peak",
        none="nothing that scales is among what was imported",
    )


@signal(
    "COST-07", 1, improve="give every bucket, log group and dataset store a lifecycle rule or a retention"
)
def every_store_is_tidied_up(infrastructure: Infrastructure) -> Verdict:
    """Buckets, log groups and dataset stores have a rule that moves or deletes what is old."""
    return every(
        infrastructure,
        "tidied",
        what="buckets and log groups have a rule for what is old",
        none="no bucket or log group is among what was imported",
    )
