"""What was spent is added up by whoever or whatever caused it, and what is unknown is never added as zero."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from colonnade.cost.token_kinds import made, sent
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

    `unpriced` requests reached a model without a known price: the true sum is higher by what they cost; budgets count
    `assumed_usd` for them. `lost_usd` is the part of `usd` that went to attempts whose answers were not taken.
    `answered` counts complete answers, the denominator of cost per answer; cache hits are among them.
    `provider_usd` is what upstreams named as the cost of `charged` answers themselves, and `estimated_usd` what our
    own prices say of those among them that are priced.
    """

    cause: str
    requests: int = 0
    answered: int = 0
    cached: int = 0
    unpriced: int = 0
    estimated: int = 0
    usd: float = 0.0
    assumed_usd: float = 0.0
    lost_usd: float = 0.0
    input_tokens: int = 0
    output_tokens: int = 0
    avoided_tokens: int = 0
    charged: int = 0
    provider_usd: float = 0.0
    estimated_usd: float = 0.0

    def add(self, record: RequestRecord) -> None:
        """Count one request."""
        hit = record.saved_tokens > 0 or record.cache == "hit"
        self.requests += 1
        self.answered += record.outcome == "answered"
        self.cached += hit
        self._pay(record)
        self.unpriced += record.reached_upstream and not record.price_known
        self.estimated += record.reached_upstream and not record.usage_reported
        if hit:
            self.avoided_tokens += record.saved_tokens or sent(record)
        else:
            self.input_tokens += sent(record)
            self.output_tokens += made(record)

    def _pay(self, record: RequestRecord) -> None:
        if record.price_known:
            self.usd += record.usd
            self.lost_usd += record.lost_usd
        else:
            self.assumed_usd += record.usd
        if record.provider_usd is not None and record.estimated_usd is not None:
            self.charged += 1
            self.provider_usd += record.provider_usd
            self.estimated_usd += record.estimated_usd

    @property
    def usd_per_answer(self) -> float | None:
        """US dollars for a complete answer; None before the first, or where any price is unknown."""
        return None if self.unpriced or not self.answered else self.usd / self.answered

    @property
    def provider_share(self) -> float | None:
        """How much more upstreams named than our prices say, as a share of the latter; None where nothing can be compared."""
        return self.provider_usd / self.estimated_usd - 1.0 if self.estimated_usd else None


def spending(records: Iterable[RequestRecord], by: str) -> list[Spend]:
    """The spend of each cause, dearest first; `by` is a key of `CAUSES`."""
    cause, found = CAUSES[by], dict[str, Spend]()
    for record in records:
        name = cause(record) or "(none)"
        found.setdefault(name, Spend(name)).add(record)
    return sorted(found.values(), key=lambda it: (-it.usd, it.cause))
