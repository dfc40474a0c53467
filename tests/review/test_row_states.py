"""The first state that fits is the row's; scores and risk follow from it."""

from __future__ import annotations

import pytest
from review_world import SIGNALS, all_pass, record, reviewed

from colonnade.review.judge import SignalResult
from colonnade.review.states import exercised_score, row_level, row_score, row_state
from colonnade.review.waiver import Waiver


def _signals(*states, grades=None):
    grades = grades or [3] * len(states)
    return [
        SignalResult(number=i, kind="telemetry", grade=grade, text="x", state=state, reason="")
        for i, (state, grade) in enumerate(zip(states, grades, strict=True), start=1)
    ]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["pass", "pass"], "proven"),
        (["pass", "fail"], "failed"),
        (["fail", "stale"], "failed"),
        (["fail", "unknown"], "failed"),
        (["pass", "stale"], "partial"),
        (["pass", "unknown"], "partial"),
        (["pass", "insufficient"], "partial"),
        (["pass", "not_judged"], "partial"),
        (["stale", "unknown"], "stale"),
        (["stale", "insufficient"], "stale"),
        (["unknown", "not_judged"], "unknown"),
        (["error", "insufficient"], "unknown"),
        (["not_judged"], "unknown"),
    ],
)
def test_the_first_state_that_fits(states, expected):
    assert row_state(applies=True, conflict=False, signals=_signals(*states)) == expected


def test_conflict_and_not_applicable_come_before_everything_else():
    failing = _signals("fail")
    assert row_state(applies=True, conflict=True, signals=failing) == "conflict"
    assert row_state(applies=False, conflict=True, signals=failing) == "conflict"
    assert row_state(applies=False, conflict=False, signals=failing) == "not_applicable"


def test_a_score_is_the_share_of_grades_that_pass():
    signals = _signals("pass", "unknown", "fail", grades=[1, 3, 4])
    assert row_score("failed", "medium", signals) == 1 / 8
    assert row_score("partial", "medium", signals) == row_score("failed", "medium", signals)


def test_a_high_risk_row_is_capped_until_all_pass():
    assert row_score("partial", "high", _signals("pass", "stale", grades=[4, 1])) == 0.5
    assert row_score("proven", "high", _signals("pass", "pass")) == 1.0
    assert row_score("partial", "low", _signals("pass", "stale", grades=[4, 1])) == 0.8


def test_conflict_scores_nothing_and_rows_that_do_not_apply_have_no_score():
    assert row_score("conflict", "low", _signals("pass")) == 0.0
    assert row_score("not_applicable", "low", []) is None


def test_the_exercised_part_is_what_drills_prove():
    signals = _signals("pass", "pass", "unknown", grades=[4, 2, 2])
    assert exercised_score("partial", "low", signals) == pytest.approx(0.5)
    assert exercised_score("unknown", "low", _signals("unknown")) == 0.0


@pytest.mark.parametrize(
    ("state", "high", "medium", "low"),
    [
        ("failed", "HIGH", "MEDIUM", "LOW"), ("conflict", "HIGH", "MEDIUM", "LOW"),
        ("stale", "HIGH", "MEDIUM", "LOW"), ("unknown", "HIGH", "MEDIUM", "LOW"),
        ("partial", "MEDIUM", "LOW", "LOW"), ("proven", "NONE", "NONE", "NONE"),
        ("not_applicable", "NONE", "NONE", "NONE"),
    ],
)  # fmt: skip
def test_risk_levels(state, high, medium, low):
    assert [row_level(state, risk) for risk in ("high", "medium", "low")] == [high, medium, low]


def _failing(practice):
    return [record(*key, good=0 if key[0] == practice else 100) for key in SIGNALS]


def test_an_open_high_caps_the_letter_of_its_pillar_whatever_the_mean():
    report = reviewed(_failing("SEC-06"))
    security = next(pillar for pillar in report.pillars if pillar.pillar == "security")
    assert security.score >= 0.9
    assert (security.letter, security.open_high) == ("C", 1)
    assert report.headline.open_high == 1
    assert report.headline.weakest == "security"


def _waiver(**changes):
    values = {
        "practice": "SEC-06",
        "reason": "x",
        "owner": "a",
        "approver": "b",
        "created": "2026-09-01",
        "expires": "2026-12-01",
    }
    return Waiver(**(values | changes))


def test_a_waiver_lies_over_the_row_and_never_becomes_proven():
    plain, waived = reviewed(_failing("SEC-06")), reviewed(_failing("SEC-06"), waivers=[_waiver()])
    row = waived.row("SEC-06")
    assert (row.state, row.waived, row.score) == ("failed", True, plain.row("SEC-06").score)
    assert (waived.headline.open_high, waived.headline.accepted_high) == (0, 1)
    assert waived.headline.accepted > 0
    assert [pillar.letter for pillar in waived.pillars] == [pillar.letter for pillar in plain.pillars]


def test_a_proven_row_cannot_be_waived():
    assert not reviewed(all_pass(), waivers=[_waiver()]).row("SEC-06").waived


def test_the_headline_counts_what_it_names():
    report = reviewed(all_pass())
    assert sum(report.headline.assurance) == pytest.approx(1.0)
    assert report.headline.soonest_expiry.at == min(
        signal.expires_at for row in report.rows for signal in row.signals
    )
    assert sum(report.headline.rows.values()) == len(report.rows) == 93
