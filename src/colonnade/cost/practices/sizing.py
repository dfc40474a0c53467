"""Guide section 6.2: recommendations on sizes are followed up, and buying nothing in advance is a decision."""

from __future__ import annotations

from colonnade.evidence.imported.decided import Choice, Choices, Sizings
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds, insufficient, unmet


@signal(
    "COST-04",
    2,
    improve="follow or refuse the recommendation, and write `closed` into its record of `kind: sizing`",
)
def no_recommendation_is_overdue(register: Sizings) -> Verdict:
    """No recommendation is open beyond the day until which it was to be followed or refused."""
    if not register.sizings:
        return insufficient("no recommendation is on record")
    problems = [f"{it.component} was due on {it.due}" for it in register.sizings if it.late]
    problems += [f"{it.standing.file} is not committed" for it in register.sizings if not it.standing.commit]
    open_yet = sum(not it.closed for it in register.sizings)
    told = f"{len(register.sizings)} recommendations, {open_yet} open and none of them overdue"
    return holds(not problems, told, "; ".join(problems))


@signal(
    "COST-06",
    2,
    improve="commit decisions/*.md with `kind: commitment`: `chosen: none` and `break_even` with `committed_usd`,"
    " `on_demand_usd` and `expected_use`",
)
def buying_nothing_was_calculated(decisions: Choices) -> Verdict:
    """Where nothing is bought in advance, a dated decision shows the use from which it would pay."""
    found = decisions.of("commitment")
    if not found:
        return insufficient("whether capacity is bought is not known, and no decision says that none is")
    problems = [problem for choice in found for problem in _gaps(choice)]
    if problems:
        return unmet("; ".join(problems), n=len(found))
    told = [f"{choice.standing.file} of {choice.standing.date}: {_shown(choice)}" for choice in found]
    return holds(bool(told), "; ".join(told), "")


def _gaps(choice: Choice) -> list[str]:
    file, even = choice.standing.file, choice.break_even
    gaps = [] if choice.standing.commit else [f"{file} is not committed as it stands"]
    if choice.chosen and choice.chosen != "none":
        return gaps
    if even is None:
        return [*gaps, f"{file} has no break-even calculation"]
    pays = even.expected_use >= even.use
    return gaps + ([f"{file} buys nothing although it would pay: {_shown(choice)}"] if pays else [])


def _shown(choice: Choice) -> str:
    even = choice.break_even
    if even is None:
        return f"{choice.chosen} is bought"
    return f"pays from {even.use:.0%} of full use, {even.expected_use:.0%} expected"
