"""Every proof can fail: with everything in place a signal passes, and after a break of its mechanism it does not."""

from __future__ import annotations

import pytest
from breaks import served
from mutant_table import MUTANTS, Break, Mutant
from whole import reason_of, state_of

WHOLE = [mutant for mutant in MUTANTS if mutant.world == "whole"]


def holds_until_broken(mutant: Mutant, run, broken) -> None:
    before = state_of(run.report, mutant.practice, mutant.number)
    assert before == "pass", reason_of(run.report, mutant.practice, mutant.number)
    report = broken(mutant.broken)
    assert state_of(report, mutant.practice, mutant.number) not in {"pass", "error", "absent", "not_judged"}
    if state_of(run.report, mutant.practice) == "proven":
        assert state_of(report, mutant.practice) != "proven"


@pytest.mark.parametrize("mutant", WHOLE, ids=[mutant.name for mutant in WHOLE])
def test_a_break_is_seen(mutant: Mutant, whole_run, broken):
    holds_until_broken(mutant, whole_run, broken)


def test_a_restart_alone_breaks_nothing(whole_run, broken):
    """What the other tests see is their break, and not that the gateway was started again."""
    report = broken(Break("nothing", served("", "")))
    lost = [
        f"{mutant.practice}.{mutant.number}"
        for mutant in WHOLE
        if state_of(report, mutant.practice, mutant.number) != "pass"
    ]
    assert lost == []
