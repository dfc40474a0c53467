"""The scorecard is the picture that was agreed on, 80 columns wide, and needs neither colour nor Unicode."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from review_world import SIGNALS, observed, record, reviewed
from rich.console import Console

from colonnade.cli.scorecard import as_text, show

SNAPSHOT = Path(__file__).parent / "scorecard.txt"


def _world():
    """Cost proven, sustainability said and measured but not exercised, one failure, one stale row, one conflict."""
    records = []
    for practice, number in SIGNALS:
        pillar = practice.partition("-")[0]
        if pillar == "COST" or (pillar == "PERF" and number == 1):
            records.append(record(practice, number))
        if pillar == "SEC":
            records.append(record(practice, number, good=0 if practice == "SEC-06" else 100))
        if practice == "REL-03":
            records.append(record(practice, number, age_days=900))
    return [*records, observed({"acts": True})]


def test_the_scorecard_looks_as_agreed():
    assert as_text(reviewed(_world())) == SNAPSHOT.read_text("utf-8")


@pytest.mark.parametrize("records", [[], _world(), [record(*key) for key in SIGNALS]])
def test_it_is_eighty_columns_wide_and_plain_ascii(records):
    shown = as_text(reviewed(records))
    assert shown.isascii()
    assert max(map(len, shown.splitlines())) <= 80
    wide = as_text(reviewed(records), ascii_only=False)
    assert max(map(len, wide.splitlines())) <= 80


def _drums(shown, column):
    """The three inner characters of each drum of a column, from the top."""
    start = 4 + 9 * column + 3
    lines = shown.splitlines()
    first = next(
        i for i, line in enumerate(lines) if line.strip().startswith("=====") and line.count(" =") > 5
    )
    return [line.ljust(80)[start : start + 3] for line in lines[first + 1 : first + 11]]


def test_a_column_is_solid_where_exercised_hatched_where_only_seen_and_hollow_where_unknown():
    shown = as_text(reviewed([record(*key) for key in SIGNALS if key[0].startswith("PERF") and key[1] == 1]))
    performance = _drums(shown, 4)
    assert performance[0].strip() == ""
    assert performance[-1] in {":::", "###"}
    assert all(drum == "   " for drum in _drums(shown, 6))


def test_a_column_cracks_while_a_high_risk_is_open():
    failed = [record(*key, good=0 if key[0] == "SEC-06" else 100) for key in SIGNALS]
    cracked = _drums(as_text(reviewed(failed)), 2)
    assert all("/" in drum or "\\" in drum for drum in cracked)
    whole = _drums(as_text(reviewed([record(*key) for key in SIGNALS])), 2)
    assert not any("/" in drum or "\\" in drum for drum in whole)
    assert set(whole) <= {"###", ":::"}


def test_the_sampling_rules_and_the_environment_are_never_disguised():
    shown = as_text(reviewed([]))
    assert "minimal in rehearsal" in shown
    assert "rehearsal: window 1 h, n >= 5, zero-tolerance claim 90%" in shown


def test_accepted_risks_are_shown_apart():
    from colonnade.review.waiver import Waiver

    waiver = Waiver(
        practice="SEC-06", reason="x", owner="a", approver="b", created="2026-09-01", expires="2026-12-01"
    )
    shown = as_text(reviewed(_world(), waivers=[waiver]))
    assert "1 more accepted" in shown
    assert "of the practices are waived" in shown


def test_what_is_accepted_no_more_and_what_was_refused_are_told():
    from colonnade.review.waiver import Waiver

    def waiver(practice, expires):
        return Waiver(
            practice=practice, reason="x", owner="a", approver="b", created="2026-09-01", expires=expires
        )

    waivers = [
        waiver("SEC-06", "2026-09-20"),
        waiver("COST-01", "2026-12-01"),
        waiver("REL-03", "2026-09-30"),
    ]
    bad = [record("UC-01", 1, n=-1, age_days=0.1 + i / 10) for i in range(7)]
    shown = as_text(reviewed([*_world(), *bad], waivers=waivers))
    assert "accepted risks that need somebody\n  SEC-06   lapsed after 2026-09-20\n" in shown
    assert "  REL-03   accepted until 2026-09-30, 9 days left\n  unused: COST-01\n" in shown
    assert "rejected evidence: 7\n  test.uc-01.1 by tests@1: it counts -1 samples\n" in shown
    assert shown.count("it counts -1 samples") == 5
    assert max(map(len, shown.splitlines())) <= 80


def test_pipes_get_ascii_and_terminals_get_stone():
    report = reviewed(_world())
    pipe = io.StringIO()
    show(report, Console(file=pipe, width=80))
    assert pipe.getvalue().isascii()
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    show(report, Console(file=terminal, force_terminal=True, width=80))
    terminal.seek(0)
    assert "\u2588" in terminal.read()
