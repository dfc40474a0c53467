"""Between two reviews each practice moved in one way; only proof resolves, and a gate stops for what got worse."""

from __future__ import annotations

import msgspec
import pytest
from review_world import DAY, NOW, SIGNALS, all_pass, observed, record, reviewed, specification

from colonnade.review.difference import difference
from colonnade.review.gate import gate
from colonnade.review.signal import SignalJudge
from colonnade.review.trend import open_since, trend
from colonnade.review.waiver import Waiver

ROW = "SEC-06"
"""A high-risk practice."""


def world(state="proven", row=ROW):
    """Everything proven but one row."""
    rest = [record(*key) for key in SIGNALS if key[0] != row]
    own = {
        "proven": [record(*key) for key in SIGNALS if key[0] == row],
        "failed": [record(*key, good=0) for key in SIGNALS if key[0] == row],
        "partial": [record(row, 1)],
        "stale": [record(*key, age_days=900) for key in SIGNALS if key[0] == row],
        "unknown": [],
    }
    return [*rest, *own[state]]


def waiver(expires="2026-12-01"):
    return Waiver(practice=ROW, reason="x", owner="a", approver="b", created="2026-09-01", expires=expires)


def moved(before, after, **changes):
    found = difference(reviewed(world(before)), reviewed(world(after), **changes))
    return {each.practice: each.how for each in found.moved}


@pytest.mark.parametrize(
    ("before", "after", "how"),
    [
        ("failed", "proven", "resolved"),
        ("unknown", "proven", "resolved"),
        ("proven", "failed", "regressed"),
        ("proven", "partial", "regressed"),
        ("stale", "failed", "regressed"),
        ("unknown", "failed", "regressed"),
        ("proven", "stale", "newly_stale"),
        ("failed", "stale", "newly_stale"),
        ("proven", "unknown", "newly_unknown"),
        ("failed", "unknown", "newly_unknown"),
        ("failed", "failed", "still_open"),
        ("failed", "partial", "still_open"),
    ],
)
def test_each_way_has_a_name(before, after, how):
    assert moved(before, after) == {ROW: how}


def test_what_is_proven_in_both_is_not_told():
    found = difference(reviewed(world()), reviewed(world()))
    assert (found.moved, found.counts, found.catalogue_changed) == ((), {}, False)


def test_a_declaration_resolves_nothing():
    personal = reviewed(all_pass(), specification=specification(pii=True))
    missing = reviewed(
        [each for each in all_pass() if "rai-10" not in each.topic], specification=specification(pii=True)
    )
    gone = reviewed(all_pass())
    assert difference(missing, gone).of("resolved") == ()
    assert "RAI-10" in {each.practice for each in difference(missing, gone).of("left")}
    assert "RAI-10" in {each.practice for each in difference(missing, personal).of("resolved")}


def test_a_practice_that_begins_to_apply_is_new():
    before = reviewed(all_pass())
    after = reviewed([], specification=specification(pii=True))
    assert "RAI-10" in {each.practice for each in difference(before, after).of("new")}


def test_a_lapsed_waiver_is_told_apart():
    before = reviewed(world("failed"), waivers=[waiver()])
    after = reviewed(world("failed"), waivers=[waiver("2026-09-02")])
    (only,) = difference(before, after).moved
    assert (only.how, "lapsed after 2026-09-02" in only.reason) == ("waiver_lapsed", True)


def _other_catalogue(report, **changes):
    rows = [msgspec.structs.replace(row, **changes) if row.id == ROW else row for row in report.rows]
    return msgspec.structs.replace(report, catalogue_digest="sha256:other", rows=tuple(rows))


def test_another_catalogue_never_changes_history_silently():
    before = reviewed(world())
    found = difference(_other_catalogue(before, title="Something else"), reviewed(world("failed")))
    assert found.catalogue_changed
    assert {each.practice: each.how for each in found.moved} == {ROW: "catalogue_changed"}
    same = difference(_other_catalogue(before), reviewed(world("failed")))
    assert {each.practice: each.how for each in same.moved} == {ROW: "regressed"}


def test_a_practice_of_one_catalogue_alone_is_told():
    report = reviewed(world())
    fewer = msgspec.structs.replace(report, rows=tuple(row for row in report.rows if row.id != ROW))
    for found in (difference(fewer, report), difference(report, fewer)):
        (only,) = found.moved
        assert (only.how, "absent" in (only.before, only.after)) == ("catalogue_changed", True)


def test_the_worst_comes_first_and_is_counted():
    before = reviewed([*world("failed"), *world("failed", "COST-01")])
    after = reviewed([each for each in world("failed") if "cost-01" not in each.topic])
    found = difference(before, after)
    assert [each.how for each in found.moved] == sorted(
        (each.how for each in found.moved), key=["newly_unknown", "still_open"].index
    )
    assert sum(found.counts.values()) == len(found.moved)


def stops(report, **asked):
    return {(stop.cause, stop.practice) for stop in gate(report, **asked).stops}


def test_without_an_earlier_review_every_open_risk_stops():
    assert stops(reviewed(world("failed"))) == {("open", ROW)}
    assert gate(reviewed(world())).exit_code == 0
    assert gate(reviewed(world("failed"))).exit_code == 1


@pytest.mark.parametrize(
    ("before", "after", "cause"),
    [
        ("proven", "failed", "new"),
        ("proven", "stale", "new"),
        ("proven", "unknown", "new"),
        ("partial", "unknown", "new"),
        ("stale", "failed", "regressed"),
        ("failed", "failed", None),
        ("failed", "unknown", None),
        ("failed", "stale", None),
        ("failed", "partial", None),
        ("proven", "partial", None),
    ],
)
def test_against_an_earlier_review_only_what_got_worse_stops(before, after, cause):
    found = stops(reviewed(world(after)), against=reviewed(world(before)))
    assert found == ({(cause, ROW)} if cause else set())


def test_a_lower_risk_stops_when_asked_to():
    against = reviewed(world())
    assert stops(reviewed(world("partial")), against=against, fail_on="medium") == {("new", ROW)}


def test_accepted_risks_pass_and_lapsed_ones_stop_for_their_own_reason():
    accepted = reviewed(world("failed"), waivers=[waiver()])
    assert gate(accepted).exit_code == 0
    lapsed = reviewed(world("failed"), waivers=[waiver("2026-09-02")])
    assert stops(lapsed) == {("waiver_lapsed", ROW)}
    assert stops(lapsed, against=lapsed) == {("waiver_lapsed", ROW)}
    without = reviewed(world("failed"))
    assert stops(without, against=accepted) == {("new", ROW)}


def test_a_contradiction_stops_whenever_it_was_there():
    report = reviewed([*all_pass(), observed({"pii": True})])
    found = gate(report, against=report)
    assert {stop.cause for stop in found.stops} == {"conflict"}
    assert "RAI-10" in {stop.practice for stop in found.stops}


def test_only_the_pillars_asked_for_are_looked_at():
    assert gate(reviewed(world("failed")), pillars=["cost"]).exit_code == 0
    assert gate(reviewed(world("failed")), pillars=["cost", "security"]).exit_code == 1


def test_a_judge_that_fails_is_no_failure_of_the_workload():
    def broken():
        raise ZeroDivisionError

    need = (("seen", type(None)),)
    judges = [SignalJudge("SEC-06", 1, broken, (), "mend"), SignalJudge("SEC-06", 2, broken, need, "mend")]
    report = reviewed([], judges=judges)
    found = gate(report, against=report)
    assert (found.stops, found.unjudged, found.exit_code) == ((), ("SEC-06.1",), 3)


def at(days, state="failed"):
    return reviewed(world(state), now=NOW + days * DAY / 20)


def test_the_time_to_close_is_seen_over_milestones():
    found = trend([("c", at(8, "proven")), ("a", at(0)), ("b", at(4)), ("d", at(9))])
    assert [point.name for point in found.points] == ["a", "b", "c", "d"]
    assert [point.open_high for point in found.points] == [1, 1, 0, 1]
    high = found.closings[0]
    assert (high.risk, high.closed, high.median_days, high.open, high.oldest_days) == (
        "high",
        1,
        pytest.approx(0.4),
        1,
        0.0,
    )
    assert found.closings[1].median_days is None


def test_what_stops_to_apply_was_not_closed():
    personal = specification(pii=True)
    before = reviewed([], specification=personal)
    after = reviewed(all_pass(), now=NOW + DAY / 2)
    assert "RAI-10" not in open_since([before, after])
    (high, *_) = trend([("a", before), ("b", after)]).closings
    assert high.closed == sum(
        row.level != "NONE" and row.risk == "high" and after.row(row.id).state == "proven"
        for row in before.rows
    )


def test_since_when_a_risk_is_open_is_known():
    assert open_since([at(0), at(4), at(9)])[ROW] == NOW
    assert open_since([at(0), at(4, "proven"), at(9)])[ROW] == NOW + 9 * DAY / 20
    assert ROW not in open_since([at(0), at(4, "proven")])
    assert trend([]).points == ()
