"""`waivers.yaml` is read as the workload file is: every fault with its place, what is wrong and what to write."""

from __future__ import annotations

import pytest

from colonnade.errors import FaultyWorkload
from colonnade.review.acceptance import accepted
from colonnade.review.catalogue import catalogue
from colonnade.workload.waivers import read_waivers, waivers_in

ENTRY = """waivers:
  - practice: SEC-06
    reason: No provider tells its use.
    owner: Ada Berg
    approver: Noor Haddad
    created: "2026-11-01"
    expires: 2027-04-30
"""


def faults(text):
    with pytest.raises(FaultyWorkload) as caught:
        accepted(waivers_in(text), catalogue())
    return [str(fault).replace("\n    ", " | ") for fault in caught.value.faults]


def test_no_file_is_no_waiver(tmp_path):
    assert read_waivers(tmp_path).entries == ()


def test_an_entry_is_read_with_its_lines():
    text = (
        ENTRY + "\n  # for one tenant\n" + ENTRY.partition("\n")[2].replace("SEC-06", "SEC-06\n    signal: 2")
    )
    first, second = accepted(waivers_in(text), catalogue())
    assert (first.line, first.what, first.owner, first.expires) == (2, "SEC-06", "Ada Berg", "2027-04-30")
    assert (second.line, second.what) == (10, "SEC-06.2")
    assert [each.last_line for each in waivers_in(text).entries] == [7, 16]


def test_a_day_that_cannot_be_read_is_no_fault_and_counts_as_past():
    (waiver,) = accepted(waivers_in(ENTRY.replace("2027-04-30", "soon")), catalogue())
    assert waiver.expires == "soon"
    assert waiver.days_left(0.0) is None


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("practice: SEC-06", "practice: SEC-6", "waivers.yaml:2:15: waivers[0].practice: is not in the right form"),
        ("practice: SEC-06", "practice: SEC-66", "is no practice of the catalogue (here: SEC-66) | did you mean"),
        ("practice: SEC-06", "practice: SEC-06\n    signal: 7", "waivers.yaml:3:13: waivers[0].signal: is no signal"),
        ("practice: SEC-06", "practice: SEC-06\n    compensating: [SEC-06.9]", "compensating[0]: is no signal"),
        ("practice: SEC-06", "practice: SEC-06\n    compensating: [doors]", "write the name of a signal"),
        ("    expires: 2027-04-30\n", "", "waivers[0].expires: is missing"),
        ("2027-04-30", "2027-05-01", "runs 181 days; `expires` is 0 to 180 days after `created`"),
        ("2027-04-30", "2026-10-31", "runs -1 days"),
        ("Noor Haddad", "ada berg", "nobody but the owner approves it"),
        ("reason: No", "raison: No", "did you mean `reason`?"),
        ("reason: No provider tells its use.", "reason: ''", "must not be empty"),
        ("owner: Ada Berg", "owner: Ada Berg\n    ceiling: .nan", "waivers[0].ceiling"),
        ("owner: Ada Berg", "owner: Ada Berg\n    renewals: -1", "must be at least 0"),
        ("owner: Ada Berg", "owner: Ada Berg\n    scope: {tenant: t, resource: r}", "write a waiver for each"),
        ("owner: Ada Berg", "owner: Ada Berg\n    scope: {environment: moon}", "waivers[0].scope.environment"),
        ("waivers:", "wavers:", "did you mean `waivers`?"),
        ("reason: No provider tells its use.", "reason: sk-ant-api03-" + "a1B2" * 24, "holds what looks like"),
        ("reason: No", "reason: &x No", "sets an anchor"),
    ],
)  # fmt: skip
def test_faults_have_a_place_and_a_remedy(before, after, said):
    assert before in ENTRY
    found = faults(ENTRY.replace(before, after, 1))
    assert any(said in fault for fault in found), found


def test_all_faults_come_at_once():
    text = ENTRY.replace("practice: SEC-06", "practice: x").replace("Noor Haddad", "''")
    assert len(faults(text)) == 2


def test_a_file_that_is_no_text_is_told(tmp_path):
    (tmp_path / "waivers.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(FaultyWorkload, match="1 fault"):
        read_waivers(tmp_path)
