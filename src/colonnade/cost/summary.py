"""What was spent is added up by whoever or whatever caused it, and what is unknown is never added as zero."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from colonnade.evidence.request import RequestRecord

Cause = Callable[[RequestRecord], str]

CAUSES: dict[str, Cause] = {
    "route": lambda it: it.route,
    "model": lambda it: it.model,
    "key": lambda it: it.key_id,
    "team": lambda it: it.labels.get("team", ""),
    "use_case": lambda it: it.labels.get("use_case", ""),
    "cost_center": lambda it: it.labels.get("cost_center", ""),
    "day": lambda it: datetime.fromtimestamp(it.opened_at, UTC).date().isoformat(),
}
"""What spend can be put down to."""


@dataclass(slots=True)
class Spend:
    """US dollars and tokens of one cause.

    `unpriced` requests reached a model without a known price: the true sum is higher by what they cost.
    `answered` counts complete answers, the denominator of cost per answer; cache hits are among them.
    """

    cause: str
    requests: int = 0
    answered: int = 0
    cached: int = 0
    unpriced: int = 0
    estimated: int = 0
    usd: float = 0.0
    input_tokens: int = 0
    output_tokens: int = 0
    avoided_tokens: int = 0

    def add(self, record: RequestRecord) -> None:
        """Count one request."""
        sent = record.fresh_input + record.cache_read + record.cache_write
        hit = record.cache == "hit"
        self.requests += 1
        self.answered += record.outcome == "answered"
        self.cached += hit
        self.usd += record.usd if record.price_known else 0.0
        self.unpriced += record.reached_upstream and not record.price_known
        self.estimated += record.reached_upstream and not record.usage_reported
        if hit:
            self.avoided_tokens += sent
        else:
            self.input_tokens += sent
            self.output_tokens += record.output + record.reasoning

    @property
    def usd_per_answer(self) -> float | None:
        """US dollars for a complete answer; None before the first, or where any price is unknown."""
        return None if self.unpriced or not self.answered else self.usd / self.answered


def spending(records: Iterable[RequestRecord], by: str) -> list[Spend]:
    """The spend of each cause, dearest first; `by` is a key of `CAUSES`."""
    cause, found = CAUSES[by], dict[str, Spend]()
    for record in records:
        name = cause(record) or "(none)"
        found.setdefault(name, Spend(name)).add(record)
    return sorted(found.values(), key=lambda it: (-it.usd, it.cause))
