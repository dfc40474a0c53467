"""The score counts signals, and a survivor takes its signal out of it."""

from __future__ import annotations

from mutant import Break, Mutant
from scoring import Score


def _mutant(number: int, what: str) -> Mutant:
    return Mutant("SEC-06", number, Break(what, lambda whole: None))  # type: ignore[arg-type, return-value]


MUTANTS = [_mutant(1, "a"), _mutant(1, "b"), _mutant(2, "a")]
JUDGED = {("SEC-06", 1), ("SEC-06", 2), ("SEC-06", 3)}


def told(**outcomes: str) -> list[str]:
    score = Score()
    for place, outcome in outcomes.items():
        score.note(MUTANTS[int(place[1:])].name, outcome)
    return score.lines(MUTANTS, JUDGED)


def test_everything_killed():
    assert told(m0="passed", m1="passed", m2="passed") == [
        "mutants: 3 killed of 3 tried, 0 could not be tried here",
        "signals: 2 seen to fail of 3 judged",
    ]


def test_a_survivor_is_named_and_takes_its_signal_with_it():
    assert told(m0="passed", m1="failed", m2="skipped") == [
        "mutants: 1 killed of 2 tried, 1 could not be tried here",
        "signals: 0 seen to fail of 3 judged",
        "survived: SEC-06.1, b",
    ]
