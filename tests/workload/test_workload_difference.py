"""Two states of a workload differ by section and by prompt."""

from __future__ import annotations

from colonnade.workload import load
from colonnade.workload.difference import changed_prompts, changed_sections


def test_nothing_differs_from_itself(folder):
    workload = load(folder)
    assert changed_sections(workload, workload) == ()
    assert changed_prompts(workload, workload) == ()


def test_changed_sections_are_named_in_the_order_of_the_file(folder, edit):
    before = load(folder)
    edit("availability: 0.99", "availability: 0.98")
    edit("  problem: Borrowers", "  problem: Some borrowers")
    edit("Say that", "Admit that", "prompts/answer.md")
    (folder / "prompts" / "new.md").write_text("---\npurpose: x\nowner: y\ntoken_budget: 9\n---\nNew.\n")
    after = load(folder)
    assert changed_sections(before, after) == ("intent", "slo")
    assert changed_prompts(before, after) == ("answer", "new")
    assert changed_prompts(after, before) == ("answer", "new")
