"""Guide section 5.1: requests are grouped where waiting is acceptable."""

from __future__ import annotations

from colonnade.performance.evidence import BatchLane
from colonnade.review.proportions import all_of, percent
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, insufficient, met
from colonnade.workload.sections.promises import Sampling


@signal("PERF-04", 1, improve="send work that can wait to `/v1/batches` (`colonnade batch submit FILE`)")
def the_batch_lane_is_recorded(lane: BatchLane, sampling: Sampling) -> Verdict:
    """Mean batch size, share of work on the lane and waits are recorded, for every row."""
    if not lane.rows:
        return insufficient(
            "no row of a batch asked a model, so there is no size and no wait", n=lane.requests
        )
    told = all_of(lane.rows_with_wait, lane.rows, sampling, "rows tell their batch and their wait")
    if told.outcome != "pass":
        return told
    share = lane.rows / lane.requests
    reason = (
        f"{percent(share)} of {lane.requests} requests ran on the lane, {lane.mean_size:.1f} to a batch;"
        f" they waited {lane.mean_wait_s:.1f} s on average, {lane.longest_wait_s:.1f} s at most"
    )
    return met(reason, value=share, n=lane.requests)
