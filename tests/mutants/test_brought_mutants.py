"""Proofs that rest on a repository, a pipeline, scanners and registries can fail as well."""

from __future__ import annotations

import pytest
from brought_breaks import reviewed_again
from mutant_table import MUTANTS, Break, Mutant
from test_mutants import holds_until_broken
from whole import state_of

pytestmark = pytest.mark.slow
BROUGHT = [mutant for mutant in MUTANTS if mutant.world == "brought"]


@pytest.mark.parametrize("mutant", BROUGHT, ids=[mutant.name for mutant in BROUGHT])
def test_a_break_is_seen(mutant: Mutant, brought_run, broken_brought):
    holds_until_broken(mutant, brought_run, broken_brought)


def test_another_import_alone_breaks_nothing(brought_run, broken_brought):
    """What the other tests see is their break, and not that everything was imported again."""
    report = broken_brought(Break("nothing", reviewed_again))
    lost = [
        f"{mutant.practice}.{mutant.number}"
        for mutant in BROUGHT
        if state_of(report, mutant.practice, mutant.number) != "pass"
    ]
    assert lost == []
