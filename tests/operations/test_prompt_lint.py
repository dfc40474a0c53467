"""The linter's evidence: what it found, and that each of its rules still catches the fault it is there for."""

from __future__ import annotations

from pathlib import Path

import pytest

from colonnade.operations.prompts.lint import SEEDED, lint, refuses
from colonnade.workload.prompts import lint as rules

MINIMAL = Path(__file__).parents[1] / "fixtures" / "workloads" / "minimal"


def test_a_sound_folder_has_no_faults_and_the_linter_bites():
    result = lint(MINIMAL)
    assert (result.prompts, result.faults) == (1, 0)
    assert result.seeded == result.caught == result.rules == len(rules.RULES)


def test_every_rule_has_a_seeded_fault():
    assert set(SEEDED) == set(rules.RULES)


@pytest.mark.parametrize("rule", rules.RULES)
def test_a_rule_that_is_switched_off_is_missed(rule, monkeypatch):
    assert refuses(rule)
    monkeypatch.setattr(rules, "RULES", tuple(name for name in rules.RULES if name != rule))
    assert not refuses(rule)
    result = lint(MINIMAL)
    assert result.caught == result.seeded - 1


def test_faults_are_counted(tmp_path):
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "a.md").write_text(SEEDED["secrets"])
    (tmp_path / "prompts" / "b.md").write_text(SEEDED["variables_used"])
    result = lint(tmp_path)
    assert (result.prompts, result.faults) == (2, 2)
