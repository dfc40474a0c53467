"""Decision records are checked with the folder: every fault of their front matter is named with its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from colonnade.errors import FaultyWorkload
from colonnade.workload import load
from colonnade.workload.decisions.kinds import KINDS, Adaptation, Commitment
from colonnade.workload.decisions.reading import evaluation_of, read_decisions

WORKLOADS = Path(__file__).parents[1] / "fixtures" / "workloads"
GOOD = """---
kind: adaptation
date: 2026-03-02
owner: Ada
options:
  - {name: stock, score: 0.5, cost_usd: 0, effort_days: 1}
  - {name: adapted}
chosen: stock
---
# Why
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "workload"
    shutil.copytree(WORKLOADS / "minimal", place)
    (place / "decisions").mkdir()
    return place


def write(folder: Path, text: str, name: str = "one.md") -> Path:
    path = folder / "decisions" / name
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path) -> list[str]:
    with pytest.raises(FaultyWorkload) as refused:
        load(folder)
    return [str(fault) for fault in refused.value.faults]


def test_a_record_is_read_by_its_kind(folder):
    write(folder, GOOD)
    [written] = read_decisions(folder).records
    assert isinstance(written.decision, Adaptation)
    assert [(it.name, it.score) for it in written.decision.options] == [("stock", 0.5), ("adapted", None)]
    assert (written.decision.status, written.decision.trigger) == ("in_force", None)
    assert load(folder).specification.name


def test_text_without_front_matter_is_left_to_people(folder):
    write(folder, "# Why\n\nBecause.\n")
    assert read_decisions(folder) == read_decisions(folder.parent / "nowhere")
    assert load(folder).specification.name


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("kind: adaptation", "kind: adoption", "decisions/one.md:2:7: kind: is no kind of decision record"),
        ("kind: adaptation", "kind: [a]", "decisions/one.md:2:7: kind: is no kind"),
        ("kind: adaptation\n", "", "decisions/one.md:2:1: kind: is missing"),
        ("owner: Ada\n", "", "owner: is missing"),
        ("owner: Ada", "owmer: Ada", "decisions/one.md:4:1: owmer: is not a known field"),
        ("2026-03-02", "2026-02-31", "decisions/one.md:3:7: date: is no day of the calendar"),
        ("2026-03-02", "soon", "date: "),
        ("score: 0.5", "score: good", "decisions/one.md:6:26: options[0].score: "),
        ("cost_usd: 0", "cost_usd: -1", "options[0].cost_usd: "),
        ("chosen: stock", "chosen: stick", "decisions/one.md:8:9: chosen: is none of the options"),
        ("---\n# Why", "# Why", "has a front matter without an end"),
        ("kind: adaptation", "kind: &a adaptation", "sets an anchor"),
        ("kind: adaptation", "kind: adaptation\n\tx: 1", "is indented with a tab"),
    ],
)
def test_faults_are_named_with_their_place(folder, old, new, fault):
    assert old in GOOD
    write(folder, GOOD.replace(old, new))
    found = faults(folder)
    assert any(fault in each for each in found), found
    assert read_decisions(folder).records == ()


def test_a_link_to_an_evaluation_leads_to_a_file(folder):
    principles = "---\nkind: principles\ndate: 2026-01-01\nowner: Ada\nprinciples: [{name: fair, enforced_by: [%s]}]\n---\n"
    write(folder, principles % '"eval:evals/none.yaml#q1"')
    assert "names a file that does not exist" in faults(folder)[0]
    write(folder, principles % '"eval:workload.yaml", "drill:kill", "policy:disclose"')
    assert load(folder).specification.name
    write(folder, principles % '"hope:for the best"')
    assert "enforced_by" in faults(folder)[0]


def test_every_fault_of_every_record_is_named_at_once(folder):
    write(folder, GOOD.replace("owner: Ada\n", ""))
    write(folder, GOOD.replace("kind: adaptation", "kind: x"), "two.md")
    assert {each.split(":")[0] for each in faults(folder)} == {"decisions/one.md", "decisions/two.md"}


def test_a_record_that_is_no_text_or_too_large_is_a_fault(folder):
    write(folder, "x").write_bytes(b"---\n\xff\n---\n")
    write(folder, "---\n" + "x" * 300_000, "two.md")
    told = " ".join(faults(folder))
    assert "is not UTF-8 text" in told
    assert "is too large" in told


def test_lines_of_windows_are_read(folder):
    write(folder, GOOD.replace("\n", "\r\n"))
    assert len(read_decisions(folder).records) == 1


def test_a_commitment_may_come_without_a_calculation():
    known = {"kind": "commitment", "date": "2026-01-01", "owner": "Ada", "chosen": "three years"}
    assert Commitment.model_validate(known).break_even is None


def test_every_kind_says_its_own_word_and_describes_its_fields():
    for word, kind in KINDS.items():
        assert word in str(kind.model_fields["kind"].annotation)
        assert all(field.description for field in kind.model_fields.values())
        assert (kind.__doc__ or "").startswith(f"`{word}`")


def test_a_case_of_an_evaluation_stands_behind_its_file():
    assert evaluation_of("eval:evals/a.jsonl#q1") == "evals/a.jsonl"
