"""A catalogue that contradicts itself is refused, with every fault at once."""

from __future__ import annotations

from importlib.resources import files

import pytest

from colonnade.errors import FaultyCatalogue
from colonnade.review.catalogue import load
from colonnade.review.frameworks import pinned_lists

TEXT = (files("colonnade.review") / "data" / "practices.yaml").read_text("utf-8")
LISTS = pinned_lists()


def _faults(before, after, count=1):
    assert before in TEXT
    with pytest.raises(FaultyCatalogue) as caught:
        load(TEXT.replace(before, after, count), LISTS)
    return " ".join(caught.value.faults)


def test_the_catalogue_itself_loads():
    loaded = load(TEXT, LISTS)
    assert loaded.practice("uc-01").pillar == "use_case"
    assert loaded.practice("UC-99") is None


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("id: UC-02", "id: UC-01", "UC-01: stands there 2 times"),
        ("id: UC-02", "id: COST-99", "COST-99: not an id of the pillar use_case"),
        ("total: 93", "total: 94", "total: 93 practices, where `counts` says 94"),
        ("kind: attestation, from: [signed]", "kind: rumour, from: [signed]", "rumour"),
        ("from: [signed]", "from: [hearsay]", "unknown source hearsay"),
        ('applies_when: "affects_people"', 'applies_when: "affects_cats"', "`affects_cats` is not a fact"),
        ("risk: medium", "risk: terrible", "terrible"),
        ("RAIUC01-BP01", "RAIUC01-BP99", "RAIUC01-BP99 is not in the pinned list of aws_rai_lens"),
        ("[RAIUC01-BP01, RAIUC01-BP02]", "[RAIUC01-BP01, RAIUC01-BP01]", "RAIUC01-BP01 twice"),
        ("{aws_rai_lens:", "{aws_tea_lens:", "unknown framework aws_tea_lens"),
        ("related: [RAI-12]", "related: [RAI-99]", "related RAI-99 is unknown"),
        ("freshness_days: 365", "freshness_days: 0", "freshness_days must be positive"),
        ("attestation: true", "colour: blue", "colour"),
        ("version: 1\n", "", "missing required field `version`"),
        ("version: 1\n", "version: 0\n", "`version` counts from 1"),
        ("version: 1\n", "version: one\n", "Expected `int`"),
        ("\n  owasp_llm_2025:", "\n  owasp_llm_2099:", "owasp_llm_2099: no pinned list"),
    ],
)
def test_faults_are_named(before, after, said):
    assert said in _faults(before, after)


def test_what_is_not_yaml_is_refused():
    assert "while parsing" in _faults("version: 1", "version: [1")


def test_a_lost_signal_is_noticed():
    line = next(line for line in TEXT.splitlines() if "- {kind: attestation" in line)
    assert "207 signals instead of 208" in _faults(line + "\n", "")


def test_all_faults_come_at_once():
    text = TEXT.replace("id: UC-02", "id: UC-01", 1).replace("from: [signed]", "from: [hearsay]", 1)
    with pytest.raises(FaultyCatalogue) as caught:
        load(text, LISTS)
    assert len(caught.value.faults) >= 2
    assert caught.value.exit_code == 3


def test_a_pinned_list_without_a_source_or_with_a_duplicate_is_refused(tmp_path):
    (tmp_path / "made_up.txt").write_text("# version: 1\nA.1\nA.1\n")
    with pytest.raises(FaultyCatalogue) as caught:
        pinned_lists(tmp_path)
    said = " ".join(caught.value.faults)
    assert "no line `# source:`" in said
    assert "A.1 stands there twice" in said


def test_unconfirmed_ids_are_known_and_never_counted_as_confirmed(tmp_path):
    head = "# version: 1\n# source: s\n# confirmed: c\n# unconfirmed: B.1, B.2\n"
    (tmp_path / "partly.txt").write_text(head + "A.1\n")
    pinned = pinned_lists(tmp_path)["partly"]
    assert pinned.knows("A.1")
    assert pinned.knows("B.2")
    assert pinned.ids == {"A.1"}
    assert not pinned.knows("C.1")
