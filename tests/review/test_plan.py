"""What to do next closes the most risk for its effort, and never asks for what cannot be done."""

from __future__ import annotations

from review_world import SIGNALS, observed, record, reviewed

from colonnade.review.waiver import Waiver


def _world(*, failing=(), missing=()):
    good = [key for key in SIGNALS if key not in missing]
    return [record(*key, good=0 if key in failing else 100) for key in good]


def test_a_failed_signal_asks_for_what_its_judge_names():
    (action,) = reviewed(_world(failing={("SEC-06", 1)})).actions
    assert action.what == "mend SEC-06.1"
    assert action.closes == ("SEC-06.1",)
    assert action.gain == 3 * (1.0 - 0.5)


def test_missing_telemetry_is_closed_by_one_action_over_many_rows():
    report = reviewed([])
    first = report.actions[0]
    assert "send requests" in first.what
    assert len(first.closes) > 10
    assert [action.rank for action in report.actions] == sorted(
        (a.rank for a in report.actions), reverse=True
    )


def test_a_conflict_is_resolved_once_for_all_rows_it_blocks():
    records = [*_world(), observed({"pii": True})]
    (action,) = [action for action in reviewed(records).actions if "conflict" in action.what]
    assert "`facts.pii` declares false" in action.what
    assert len(action.closes) > 1


def test_an_accepted_risk_asks_for_nothing():
    waiver = Waiver(
        practice="SEC-06", reason="x", owner="a", approver="b", created="2026-09-01", expires="2026-12-01"
    )
    assert reviewed(_world(failing={("SEC-06", 1)}), waivers=[waiver]).actions == ()


def test_doing_an_action_gains_what_it_says():
    failing = {("COST-01", 1), ("COST-01", 2)}
    before = reviewed(_world(failing=failing))
    action = before.actions[0]
    done = {(name.rpartition(".")[0], int(name.rpartition(".")[2])) for name in action.closes}
    after = reviewed(_world(failing=failing - done))
    weight = {"high": 3, "medium": 2, "low": 1}[before.row("COST-01").risk]
    assert weight * (after.row("COST-01").score - before.row("COST-01").score) == action.gain
