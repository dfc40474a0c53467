"""Guide section 6.1: somebody is warned before the budget is used up, and nothing is spent beyond it."""

from __future__ import annotations

from colonnade.cost.evidence import BudgetConfiguration, BudgetDrill
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds

THRESHOLDS = 2
"""Fewest warnings before the cap, as the catalogue's signal says."""


@signal(
    "COST-02",
    1,
    improve="set `budgets.per_day_usd` or `per_month_usd`, two shares in `warn_at`, and `notify` in workload.yaml",
)
def a_budget_warns_and_stops(budget: BudgetConfiguration) -> Verdict:
    """The serving gateway holds calls to a hard cap, and tells receivers at two thresholds or more."""
    missing = [] if budget.caps else ["no budget stops spend"]
    missing += [] if len(budget.thresholds) >= THRESHOLDS else ["fewer than two thresholds warn"]
    missing += [] if budget.receivers else ["nobody is told"]
    caps = ", ".join(f"{usd:g} USD a {name}" for name, usd in sorted(budget.caps.items()))
    shares = ", ".join(f"{share:.0%}" for share in budget.thresholds)
    beside = f", and {budget.holders} of keys and teams" if budget.holders else ""
    return holds(not missing, f"{caps}{beside}; {budget.receivers} told at {shares}", "; ".join(missing))


@signal(
    "COST-02", 2, improve="run `colonnade drill run budget`; without the stage `budget` nothing is stopped"
)
def spend_was_warned_of_and_stopped(drill: BudgetDrill) -> Verdict:
    """Synthetic spend crossed each threshold: each was told once, and the cap refused."""
    wanted = [*drill.thresholds, 1.0]
    problems = [] if drill.enforced else ["the gateway that serves holds nobody to a budget"]
    problems += (
        [] if sorted(drill.heard) == wanted else [f"told at {_shares(drill.heard)}, not {_shares(wanted)}"]
    )
    problems += [] if drill.refused else ["nothing was refused at the cap"]
    problems += ["more than the cap was spent"] if drill.beyond else []
    reason = f"told at {_shares(drill.heard)}, refused after {drill.spent:.1%} of the cap"
    return holds(not problems, reason, "; ".join(problems))


def _shares(shares: list[float]) -> str:
    return ", ".join(f"{share:.0%}" for share in shares) or "nothing"
