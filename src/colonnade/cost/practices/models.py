"""Guide section 6.3: the cheapest model that is good enough is known at today's prices.

The second signal of COST-09, the share of requests that the cheapest passing model served, is not judged: it needs one
evaluation for each bound model, and evaluations tell what serves, not what else might.
"""

from __future__ import annotations

from colonnade.cost.evidence import Scorecard
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, insufficient, met, unmet

OLDEST_DAYS = 30.0
"""Age of a price table, as the catalogue's signal says."""


@signal(
    "COST-09",
    1,
    improve="renew `genai-prices`, or the `price` of the model with its day; then `colonnade eval answers --all`",
)
def models_are_scored_at_todays_prices(scorecard: Scorecard) -> Verdict:
    """Every bound text model has a price younger than 30 days, and quality was measured on the workload's own questions."""
    unpriced = [it.binding for it in scorecard.models if not it.known]
    if unpriced:
        return unmet(f"without a price: {', '.join(unpriced)}")
    old = [it for it in scorecard.models if it.age_days is not None and it.age_days >= OLDEST_DAYS]
    if old:
        told = ", ".join(f"{it.binding} {it.age_days:.0f} days" for it in old)
        return unmet(f"prices are too old: {told}", threshold=OLDEST_DAYS)
    scored = [it for it in scorecard.models if it.quality is not None]
    if not scored:
        return insufficient("no model was evaluated on the workload's own questions")
    told = ", ".join(f"{it.binding} {it.input_usd:g}/{it.output_usd:g} USD" for it in scorecard.models)
    return met(f"{told} a million tokens; {len(scored)} evaluated", n=len(scorecard.models))
