"""The names of the indicator queries that `kpis[].query` may use; the queries themselves are asked of traffic."""

from __future__ import annotations

INDICATORS = (
    "answered_share",
    "grounded_share",
    "refusal_recall",
    "latency_p95_ms",
    "error_ratio",
    "cost_per_answered_usd",
    "carbon_per_answered_g",
    "requests",
    "active_keys",
    "retrieval_recall_at_5",
    "answer_overlap",
)
