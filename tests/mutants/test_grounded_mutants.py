"""Proofs that rest on documents and on embedded weights can fail as well."""

from __future__ import annotations

import pytest
from breaks import served
from mutant_table import MUTANTS, Break, Mutant
from test_mutants import holds_until_broken
from whole import state_of

GROUNDED = [mutant for mutant in MUTANTS if mutant.world == "grounded"]
pytestmark = pytest.mark.models


@pytest.mark.parametrize("mutant", GROUNDED, ids=[mutant.name for mutant in GROUNDED])
def test_a_break_is_seen(mutant: Mutant, grounded_run, broken_grounded):
    holds_until_broken(mutant, grounded_run, broken_grounded)


def test_a_restart_alone_breaks_nothing(grounded_run, broken_grounded):
    """What the other tests see is their break, and not that the gateway was started again."""
    report = broken_grounded(Break("nothing", served("", "")))
    lost = [
        f"{mutant.practice}.{mutant.number}"
        for mutant in GROUNDED
        if state_of(report, mutant.practice, mutant.number) != "pass"
    ]
    assert lost == []
