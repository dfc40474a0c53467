"""What the owner asks of work that can wait."""

from __future__ import annotations

from pydantic import Field

from colonnade.workload.section import AtLeastOne, Positive, Section, Share


class Batches(Section):
    """`batches`: how rows of batches run beside interactive calls, and what is promised of them (PERF-04, COST-10)."""

    concurrency: AtLeastOne = Field(default=8, description="Most rows under way at once, in each worker.")
    yield_at: AtLeastOne = Field(
        default=16, description="Interactive calls under way in a worker at which no further row begins."
    )
    handed: AtLeastOne = Field(
        default=1000,
        description="Most rows that wait for a provider's batch interface at once, in each worker, and in one of its jobs.",
    )
    gather_s: Positive = Field(
        default=5.0,
        description="How long rows for a provider are gathered after the last one came, in seconds.",
    )
    poll_s: Positive = Field(
        default=30.0, description="How often a provider is asked how its job stands, in seconds."
    )
    lane_share_min: Share = Field(
        default=0.8, description="Least share of deferrable requests that runs on the batch lane."
    )
    missed_share_max: Share = Field(
        default=0.02, description="Most rows that may miss the deadline of their batch, as a share."
    )
