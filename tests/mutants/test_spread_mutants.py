"""Proofs that rest on several upstreams can fail as well."""

from __future__ import annotations

import pytest
from breaks import served
from mutant_table import MUTANTS, Break, Mutant
from test_mutants import holds_until_broken
from whole import state_of

pytestmark = pytest.mark.slow
SPREAD = [mutant for mutant in MUTANTS if mutant.world == "spread"]


@pytest.mark.parametrize("mutant", SPREAD, ids=[mutant.name for mutant in SPREAD])
def test_a_break_is_seen(mutant: Mutant, spread_run, broken_spread):
    holds_until_broken(mutant, spread_run, broken_spread)


def test_a_restart_alone_breaks_nothing(spread_run, broken_spread):
    """What the other tests see is their break, and not that the gateway was started again."""
    report = broken_spread(Break("nothing", served("", "")))
    lost = [
        f"{mutant.practice}.{mutant.number}"
        for mutant in SPREAD
        if state_of(report, mutant.practice, mutant.number) != "pass"
    ]
    assert lost == []
