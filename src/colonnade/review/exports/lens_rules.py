"""A question of a custom lens grades its answers by rules; every rule can be reached, which is tried over all answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Literal

from colonnade.errors import CannotEvaluate

Grade = Literal["NO_RISK", "MEDIUM_RISK", "HIGH_RISK"]
DEFAULT = "default"
MOST_CHOICES = 15
"""Of one question, as the largest public lenses have; all answers of so many are still tried in a moment."""


@dataclass(frozen=True, slots=True)
class RiskRule:
    """One arm: it holds when all of `needed` are chosen; the last arm needs nothing and is written `default`."""

    needed: tuple[str, ...]
    risk: Grade

    @property
    def condition(self) -> str:
        """As the lens writes it."""
        return " && ".join(self.needed) or DEFAULT

    def holds(self, chosen: frozenset[str]) -> bool:
        """Whether an answer with these choices meets it."""
        return chosen.issuperset(self.needed)


def risk_rules(choices: Sequence[str], high: Sequence[str]) -> tuple[RiskRule, ...]:
    """The arms of a question: none at risk with all practices, medium with all high-risk ones, else high.

    Where no practice is of high risk, missing one is a medium risk. Arms that no answer reaches are left out.

    Args:
        choices: ids of all practices of the question.
        high: those of them whose risk is high.

    Raises:
        CannotEvaluate: more choices than a question can have.
    """
    if not 0 < len(choices) <= MOST_CHOICES:
        raise CannotEvaluate(f"a question of a lens has 1 to {MOST_CHOICES} choices, not {len(choices)}")
    rest = (RiskRule(tuple(high), "MEDIUM_RISK"), RiskRule((), "HIGH_RISK"))
    proposed = (RiskRule(tuple(choices), "NO_RISK"), *(rest if high else (RiskRule((), "MEDIUM_RISK"),)))
    reached = {met_first(proposed, chosen) for chosen in answers(choices)}
    return tuple(rule for rule in proposed if rule in reached)


def met_first(rules: Sequence[RiskRule], chosen: frozenset[str]) -> RiskRule:
    """The arm that grades an answer: the first that holds."""
    return next(rule for rule in rules if rule.holds(chosen))


def answers(choices: Sequence[str]) -> Iterator[frozenset[str]]:
    """Every set of choices that somebody may select."""
    sizes = range(len(choices) + 1)
    return map(frozenset, chain.from_iterable(combinations(choices, size) for size in sizes))
