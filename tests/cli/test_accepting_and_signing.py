"""Risks are accepted and signals signed on the command line; what it prints and writes is what a review takes."""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path

import pytest

from colonnade.cli import main

MINIMAL = Path(__file__).parents[1] / "fixtures" / "workloads" / "minimal"


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("accepting") / "workload"
    shutil.copytree(MINIMAL, folder, ignore=shutil.ignore_patterns(".colonnade"))
    return folder


@pytest.fixture
def run(planted: Path, tmp_path: Path, monkeypatch, capfd):
    """Run `colonnade` over a copy of the folder; the exit code, standard output and error."""
    folder = Path(shutil.copytree(planted, tmp_path / "workload"))
    monkeypatch.setenv("WORKLOAD", str(folder))
    monkeypatch.chdir(tmp_path)

    def _run(*arguments):
        monkeypatch.setattr(sys, "argv", ["colonnade", *arguments])
        code = 0
        try:
            main()
        except SystemExit as exit_:
            code = exit_.code or 0
        out, err = capfd.readouterr()
        return code, out, err

    _run.folder = folder
    return _run


def day(offset=0):
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + offset * 86_400))


ACCEPT = ("--reason", "No provider tells its use.", "--owner", "Ada Berg", "--approver", "Noor Haddad")


def test_a_risk_is_accepted_in_a_file_that_people_can_read(run):
    code, out, _ = run("waive", "sec-06.3", *ACCEPT, "--days", "30", "--ticket", "OPS-1", "--ceiling", "0.5")
    assert (code, f"SEC-06.3 is accepted until {day(30)}: waivers.yaml:3" in out) == (0, True)
    assert (run.folder / "waivers.yaml").read_text() == (
        "# Accepted risks: `colonnade waive` writes them, `colonnade waiver list` shows what they excuse.\n"
        "waivers:\n"
        "  - practice: SEC-06\n"
        "    signal: 3\n"
        "    reason: No provider tells its use.\n"
        "    ticket: OPS-1\n"
        "    owner: Ada Berg\n"
        "    approver: Noor Haddad\n"
        f"    created: '{day()}'\n"
        f"    expires: '{day(30)}'\n"
        "    ceiling: 0.5\n"
    )


OURS = """# ours, by hand
waivers:
# first
- practice: COST-01
  reason: |
    Two
    lines.
  owner: A   # her
  approver: B
  created: "2026-11-01"
  expires: "2026-12-01"
# between
- practice: SEC-06
  reason: x
  owner: A
  approver: B
  created: "2026-11-01"
  expires: "2026-12-01"
# the end
"""


def test_what_people_wrote_stays_as_it_is(run):
    path = run.folder / "waivers.yaml"
    path.write_text(OURS)
    assert run("waive", "REL-04", *ACCEPT)[0] == 0
    text = path.read_text()
    assert text.startswith(OURS.partition("# the end")[0])
    assert text.endswith("# the end\n")
    assert run("waive", "COST-01", *ACCEPT, "--days", "10")[1].startswith(
        f"COST-01 is accepted until {day(10)}, renewed for the 1. time: waivers.yaml:4"
    )
    text = path.read_text()
    assert "renewals: 1" in text
    assert "Two" not in text
    assert "# between\n- practice: SEC-06\n  reason: x\n" in text
    assert json.loads(run("waive", "COST-01", *ACCEPT, "--json")[1])["renewals"] == 2


def test_entries_in_one_line_are_left_to_people(run):
    entry = f"{{practice: SEC-06, reason: x, owner: A, approver: B, created: '{day()}', expires: '{day(9)}'}}"
    path = run.folder / "waivers.yaml"
    path.write_text(f"waivers: [{entry}]\n")
    code, _, err = run("waive", "SEC-06", *ACCEPT)
    assert (code, "holds several things in one line" in err) == (1, True)
    path.write_text(f"waivers:\n  - {entry}\n")
    assert json.loads(run("waive", "SEC-06", *ACCEPT, "--json")[1])["renewals"] == 1


def test_another_scope_is_another_waiver(run):
    for more in ((), ("--environment", "production"), ("--tenant", "acme"), ("--resource", "bucket")):
        assert run("waive", "SEC-06", *ACCEPT, *more)[0] == 0
    _, out, _ = run("waiver", "list", "--json")
    assert [each["waiver"]["renewals"] for each in json.loads(out)] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("SEC-66", *ACCEPT), "is no practice of the catalogue"),
        (("SEC-06.9", *ACCEPT), "is no signal of the catalogue"),
        (("SEC-06.x", *ACCEPT), "is no number of a signal"),
        (("SEC-06", *ACCEPT, "--days", "181"), "181"),
        (("SEC-06", *ACCEPT[:-1], "ada berg"), "nobody but the owner approves it"),
        (("SEC-06", *ACCEPT, "--tenant", "t", "--resource", "r"), "write a waiver for each"),
        (("SEC-06", *ACCEPT, "--compensating", "SEC-06.8"), "is no signal of the catalogue"),
    ],
)
def test_what_would_be_faulty_is_not_written(run, arguments, said):
    code, _, err = run("waive", *arguments)
    assert (code, said in err) == (2, True), err
    assert not (run.folder / "waivers.yaml").exists()


def test_check_names_the_faults_of_both_files(run):
    (run.folder / "waivers.yaml").write_text("waivers: [{practice: SEC-66}]\n")
    (run.folder / "workload.yaml").write_text("colonnade: 2\n")
    code, _, err = run("check")
    assert code == 2
    assert "waivers.yaml:1:" in err
    assert "workload.yaml:1:" in err
    code, _, err = run("review")
    assert code == 2


def test_waivers_are_listed_by_what_they_do(run):
    assert "nothing is accepted" in run("waiver", "list")[1]
    run("waive", "SEC-06", *ACCEPT, "--days", "10")
    run("waive", "UC-01", *ACCEPT, "--environment", "production")
    lines = run("waiver", "list")[1].splitlines()
    assert lines[0].startswith(f"standing  SEC-06    accepted until {day(10)} (10 days left) [SEC-06.1")
    assert lines[1].startswith("elsewhere UC-01     is for production")


def test_a_person_is_enrolled_signs_and_leaves(run, tmp_path):
    code, out, _ = run("key", "person", "Ada Berg", "--role", "sponsor", "--role", "owner")
    assert (code, "Ada Berg may sign as owner, sponsor until" in out) == (0, True)
    key = tmp_path / "ada-berg.key"
    assert key.stat().st_mode & 0o777 == 0o600
    code, out, _ = run("attest", "uc-01.2", "--key", str(key), "--statement", "I agree.")
    assert (code, out.startswith("Ada Berg signed UC-01.2 as sponsor over intent sha256:")) == (0, True)
    assert "UC-01.2   counts   Ada Berg (sponsor)" in run("attest", "list")[1]
    assert "pass: intent sha256:" in run("explain", "practice", "UC-01")[1]
    [person] = json.loads(run("key", "person", "list", "--json")[1])
    assert (person["name"], person["state"], person["roles"]) == ("Ada Berg", "valid", ["owner", "sponsor"])
    assert run("key", "person", "revoke", person["keyid"][:8])[0] == 0
    assert "revoked" in run("key", "person", "list")[1]
    assert "signed with a key that is revoked" in run("attest", "list")[1]


def test_a_key_under_a_passphrase_opens_with_it_alone(run, tmp_path, monkeypatch):
    monkeypatch.setenv("PHRASE", "correct horse")
    made = ("key", "person", "Ada Berg", "--role", "sponsor", "--out", "a.key", "--passphrase", "env:PHRASE")
    assert run(*made)[0] == 0
    attest = ("attest", "UC-01.2", "--key", "a.key")
    code, _, err = run(*attest)
    assert (code, "needs a passphrase" in err) == (1, True)
    code, _, err = run(*attest, "--passphrase", "correct horse")
    assert (code, "never the passphrase itself" in err) == (1, True)
    code, out, _ = run(*attest, "--passphrase", "env:PHRASE", "--json")
    assert (code, json.loads(out)["statement"]["predicate"]["role"]) == (0, "sponsor")


def test_nobody_is_enrolled_over_a_file_that_is_there(run, tmp_path):
    (tmp_path / "ada-berg.key").write_text("mine")
    code, _, err = run("key", "person", "Ada Berg", "--role", "sponsor")
    assert (code, "never overwritten" in err) == (1, True)
    assert json.loads(run("key", "person", "list", "--json")[1]) == []
    assert "nobody is enrolled yet" in run("key", "person", "list")[1]
    assert "nobody signed anything yet" in run("attest", "list")[1]


def test_milestones_gate_and_plan(run):
    assert run("milestone", "create", "first", "--out", "first.json")[1].startswith("first: ")
    assert run("review", "--gate")[0] == 1
    for name in ("first", "first.json"):
        code, out, _ = run("review", "--gate", "--against", name)
        assert (code, out.splitlines()[-1]) == (0, "gate passes")
    code, out, _ = run("review", "--gate", "--report-only")
    assert (code, out.splitlines()[-1].startswith("gate stops: ")) == (0, True)
    code, out, _ = run("review", "--gate", "--pillar", "security", "--json")
    told = json.loads(out)
    assert (code, told["exit_code"], told["report"]["schema"]) == (1, 1, "colonnade.review/1")
    assert {stop["practice"].partition("-")[0] for stop in told["gate"]["stops"]} == {"SEC"}
    assert run("review", "--gate", "--against", "second")[0] == 3
    assert run("review", "--against", "first")[0] == 2
    assert run("review", "--gate", "--fail-on", "low")[0] == 2
    assert "first " in run("milestone", "list")[1]
    assert "signed " in run("milestone", "show", "first")[1]
    assert "still open" in run("milestone", "diff", "first")[1]
    assert json.loads(run("milestone", "trend", "--json")[1])["points"][0]["name"] == "first"
    assert json.loads(run("plan", "--json")[1])[0]["closes"]
    assert run("plan", "--csv")[1].startswith("due,owner,level")
    assert run("plan", "--markdown", "--csv")[0] == 2
    assert run("review", "due", "--days", "400")[1]


def test_a_conflict_in_the_gate_comes_from_what_was_observed(run):
    """A declared fact that was never observed is no conflict."""
    out = run("review", "--gate", "--json")[1]
    assert "conflict" not in {stop["cause"] for stop in json.loads(out)["gate"]["stops"]}


def test_every_signal_is_judged_or_waits_for_something(run):
    found = json.loads(run("explain", "signals", "--json")[1])
    assert len(found) == 208
    assert all(bool(each["judge"]) != bool(each["waits_for"]) for each in found)
    unjudged = run("explain", "signals", "--unjudged")[1].splitlines()
    assert len(unjudged) == sum(not each["judge"] for each in found) + 1
