"""Proofs that rest on what other tools wrote can fail as well."""

from __future__ import annotations

import pytest
from imported_breaks import declared
from mutant_table import MUTANTS, Break, Mutant
from test_mutants import holds_until_broken
from whole import state_of

pytestmark = pytest.mark.slow
IMPORTED = [mutant for mutant in MUTANTS if mutant.world == "imported"]


@pytest.mark.parametrize("mutant", IMPORTED, ids=[mutant.name for mutant in IMPORTED])
def test_a_break_is_seen(mutant: Mutant, imported_run, broken_imported):
    holds_until_broken(mutant, imported_run, broken_imported)


def test_another_review_alone_breaks_nothing(imported_run, broken_imported):
    """What the other tests see is their break, and not that it was reviewed again."""
    report = broken_imported(Break("nothing", declared("handbook", "handbook")))
    lost = [
        f"{mutant.practice}.{mutant.number}"
        for mutant in IMPORTED
        if state_of(report, mutant.practice, mutant.number) != "pass"
    ]
    assert lost == []
