"""Guide section 7.3: old data is deleted on schedule."""

from __future__ import annotations

from colonnade.evidence.effective import GatewayConfiguration
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds, insufficient
from colonnade.sustainability.evidence import RetentionState

CLASSES = frozenset({"prompts", "answers", "requests"})
"""Data classes that the deletion run covers. Evidence is never deleted, vectors follow their documents, datasets
belong to the repository, and backups do not exist yet."""


@signal(
    "SUS-06", 1, improve="set `retention` for every data class, at or above `legal_minimum_days` for records"
)
def every_class_has_a_limit(configuration: GatewayConfiguration) -> Verdict:
    """Each class of data has a time limit, and records are kept as long as the law asks."""
    missing = sorted(CLASSES - set(configuration.retention_days))
    problems = [f"no limit for {', '.join(missing)}"] if missing else []
    if configuration.retention_days.get("requests", 0) < configuration.legal_minimum_days:
        problems.append("records of requests are kept shorter than the legal minimum")
    told = ", ".join(f"{name} {days} d" for name, days in sorted(configuration.retention_days.items()))
    return holds(not problems, told, "; ".join(problems))


@signal("SUS-06", 2, improve="run `colonnade ledger prune`; the gateway also runs it once a day")
def nothing_is_kept_beyond_its_limit(retention: RetentionState) -> Verdict:
    """The last deletion run succeeded, and nothing is past its limit."""
    if not retention.ran:
        return insufficient("no deletion run is recorded yet")
    return holds(
        retention.past_limit == 0,
        f"last run deleted {retention.deleted}, nothing is past its limit",
        f"{retention.past_limit} objects are past their limit",
    )
