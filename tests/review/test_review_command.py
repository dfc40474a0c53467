"""`colonnade review` and `colonnade explain practice` print what the review says, with the exit codes promised."""

from __future__ import annotations

import json
import sys

import pytest
from review_world import record, reviewed

from colonnade.assembly import reviewing
from colonnade.cli import main
from colonnade.errors import CannotEvaluate, Fault, FaultyWorkload, SetupError


@pytest.fixture
def ask(monkeypatch, capfdbinary):
    """Run `colonnade` with a review of these records; returns the exit code, standard output and error."""

    def _ask(*arguments, records=(), error=None):
        def answer(folder, environment, now):
            if error:
                raise error
            return reviewed(list(records), environment=environment or "rehearsal")

        monkeypatch.setattr(reviewing, "review_workload", answer)
        monkeypatch.setattr(sys, "argv", ["colonnade", *arguments])
        code = 0
        try:
            main()
        except SystemExit as exit_:
            code = exit_.code
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return _ask


def test_review_prints_the_scorecard_and_ends_well_whatever_it_says(ask):
    code, out, _ = ask("review")
    assert code == 0
    assert "open HIGH risks" in out
    assert out.isascii()


def test_review_as_json_is_the_report_with_its_schema(ask):
    code, out, _ = ask("review", "--json", records=[record("COST-01", 1)])
    report = json.loads(out)
    assert code == 0
    assert report["schema"] == "colonnade.review/1"
    assert len(report["rows"]) == 93
    assert out == reviewed([record("COST-01", 1)]).encode().decode() + "\n"


def test_another_environment_is_reviewed_when_asked_for(ask):
    _, out, _ = ask("review", "--environment", "production")
    assert "minimal in production" in out


def test_usage_ends_with_two(ask):
    assert ask("review", "--environment", "moon")[0] == 2
    fault = Fault(file="workload.yaml", line=3, column=1, where="kpis", problem="is missing")
    code, _, err = ask("review", error=FaultyWorkload([fault]))
    assert code == 2
    assert "workload.yaml:3:1: kpis: is missing" in err


@pytest.mark.parametrize("error", [SetupError("the disk is full"), CannotEvaluate("record 7 was altered")])
def test_what_could_not_be_evaluated_ends_with_three(ask, error):
    code, out, err = ask("review", error=error)
    assert code == 3
    assert out == ""
    assert str(error) in err
    assert "Traceback" not in err


def test_explain_practice_tells_the_whole_story(ask):
    seen = record("COST-01", 1)
    code, out, _ = ask("explain", "practice", "cost-01", records=[seen])
    assert code == 0
    assert out.startswith("COST-01  ")
    assert "partial: 1 of" in out
    assert seen.id[:19] in out
    assert "n=100" in out
    assert "to do: " in out


def test_explain_practice_as_json_is_the_row(ask):
    _, out, _ = ask("explain", "practice", "COST-01", "--json", records=[record("COST-01", 1)])
    row = json.loads(out)
    assert (row["id"], row["state"]) == ("COST-01", "partial")
    assert row["signals"][0]["evidence"][0]["n"] == 100


def test_an_unknown_practice_is_a_usage_error_with_a_suggestion(ask):
    code, _, err = ask("explain", "practice", "COTS-01")
    assert code == 2
    assert "did you mean COST-01?" in err


def test_practices_are_listed_with_what_judges_them(ask):
    code, out, _ = ask("explain", "practices")
    assert code == 0
    assert len(out.splitlines()) == 93
    _, as_json, _ = ask("explain", "practices", "--json")
    assert sum(each["signals"] for each in json.loads(as_json)) == 208
