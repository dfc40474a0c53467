"""Every judged signal has a break in the table of mutants: no proof that cannot fail."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "fixtures"))
sys.path.insert(0, str(Path(__file__).parents[1] / "mutants"))

from mutant_table import MUTANTS

from colonnade.assembly.reviewing import judges


def test_every_judged_signal_has_a_mutant():
    judged = {(judge.practice, judge.number) for judge in judges()}
    broken = {(mutant.practice, mutant.number) for mutant in MUTANTS}
    assert judged - broken == set(), "add a row to tests/mutants/mutant_table.py"
    assert broken - judged == set(), "these rows break a signal that nobody judges"


def test_no_row_stands_twice():
    names = [mutant.name for mutant in MUTANTS]
    assert sorted(names) == sorted(set(names))
